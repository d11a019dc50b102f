"""Sample invoices of the network: one that is open, and a draft."""

from __future__ import annotations

from typing import Any

from local.seeds.writing import fixed_id, write_missing

CUSTOMER = "CUST-SAMPLE"
GSTIN = "29AAGCB7383J1Z4"
CUSTOMER_GSTIN = "29AAACH7409R1ZX"


def plant(tenant: Any, shop: Any, now: int) -> dict[str, str]:
    """Plants what is missing. Returns the ids that sample events name."""
    from batua import clock
    from batua.billing import records
    from batua.billing.document import draw_up, invoice_kind
    from batua.billing.lines import InvoiceItem
    from batua.billing.profiles import party_item
    from batua.billing.series import document_number, series_year
    from batua.billing.supply import Party, decide_supply
    from batua.store import billing_keys, keys
    from batua.store.store import store
    from batua.store.writes import ABSENT, Put

    names = {"billing_invoice_id": "sample", "billing_draft_id": "draft", "billing_spare_id": "spare draft"}
    found = {name: fixed_id("inv", each) for name, each in names.items()}
    scope = keys.scope("live", tenant.id)
    found |= {
        f"{name}_account_id": _account(each.id, name) for name, each in (("razorpay", tenant), ("cashfree", shop))
    }
    opened, drafted, spare = (
        billing_keys.billing_invoice_key(scope, found[f"billing_{name}_id"]) for name in ("invoice", "draft", "spare")
    )
    if store().read([opened])[opened] is not None:
        return found
    supplier = Party(
        tenant.name,
        "regular",
        GSTIN,
        address=("12 MG Road",),
        city="Bengaluru",
        pin_code="560001",
        upi="sitara@hdfcbank",
    )
    recipient = Party(
        "Anand Foods", "regular", CUSTOMER_GSTIN, address=("4 Brigade Road",), city="Bengaluru", pin_code="560025"
    )
    items = [InvoiceItem("Loyalty programme, November", "998314", 1_000_00, 18_00)]
    supply = decide_supply(supplier, recipient)
    lines, totals = draw_up(items, supply, round_off=True)
    draft = {
        "st": "draft",
        "at": now,
        "by": "seed",
        "ro": True,
        "rc": False,
        "wp": False,
        "cust": CUSTOMER,
        "prod": "Loyalty",
        "kind": invoice_kind(supplier, items, supply),
        "from": party_item(supplier),
        "to": party_item(recipient),
        "supply": records.supply_record(supply),
        "lines": [records.line_record(line) for line in lines],
        "total": totals.payable,
        "fp": "seed",
        "version": 1,
        "g1p": billing_keys.invoices_made_partition(scope),
    }
    year, day = series_year(now, tenant.time_zone), clock.local_day(now, tenant.time_zone)
    number = document_number("INV", year, 1)
    due = clock.local_day(now + 30 * clock.DAY_MS, tenant.time_zone)
    numbered = {**draft, "st": "open", "no": number, "day": day, "due": due, "fin": now}
    store().commit(
        [
            Put(opened, {**numbered, "g1s": f"{clock.iso(now)}#{opened.sk}"}, when=ABSENT),
            Put(drafted, {**draft, "g1s": f"{clock.iso(now)}#{drafted.sk}"}, when=ABSENT),
            Put(spare, {**draft, "g1s": f"{clock.iso(now)}#{spare.sk}"}, when=ABSENT),
            Put(billing_keys.tax_profile_key(scope), {"party": party_item(supplier), "version": 1}, when=ABSENT),
            Put(billing_keys.invoice_number_key(scope, number), {"id": opened.sk}, when=ABSENT),
            Put(billing_keys.invoice_series_key(scope, year, "INV"), {"last": 1}, when=ABSENT),
        ]
    )
    return found


def _account(tenant: str, provider: str, mode: Any = "live") -> str:
    """An account with a provider whose webhooks the sample events sign. No provider knows its keys.

    One secret is both, as the local payment page signs with the key's.
    """
    from batua import ids
    from batua.identity.sealing import seal_tenant_secret
    from batua.store import billing_keys, keys
    from batua.store.store import store
    from batua.store.writes import Put

    id = ids.derived_id("pac", keys.scope(mode, tenant))
    key = billing_keys.payment_account_key(id)
    if store().read([key])[key] is None:
        item = {
            "tenant": tenant,
            "mode": mode,
            "provider": provider,
            "key": "sample-key",
            "secret": seal_tenant_secret(tenant, id, "sample-webhook-secret"),
            "hook": seal_tenant_secret(tenant, id, "sample-webhook-secret"),
            "version": 1,
        }
        store().write(Put(key, item))
    return id


def plant_plans(tenants: Any) -> dict[str, str]:
    """Price plans of the operator: one that a tenant is on, and one to archive. Returns ids for sample events."""
    from batua.billing.plans import MeterPrice, Phase, PricePlan, Tier, phase_record, plan_record
    from batua.store import billing_keys, keys
    from batua.store.writes import ABSENT, Put

    scope, tenant, now = keys.scope("live", tenants.operator.id), tenants.network.id, tenants.now
    issues = MeterPrice("issue", "graduated", 1, (Tier(1000, 0), Tier(None, 50)))
    growth = PricePlan(
        fixed_id("plan", "growth"), "Growth", 1_500_00, (issues,), 18_00, "998314", created_at=tenants.now
    )
    old = PricePlan(fixed_id("plan", "start"), "Start", 500_00, (), 18_00, "998314", created_at=now)
    phases = {"phases": [phase_record(Phase(growth.id, 2026_01_01))], "version": 1}
    write_missing(
        [
            *(
                Put(billing_keys.price_plan_key(scope, each.id), plan_record(each), when=ABSENT)
                for each in (growth, old)
            ),
            Put(billing_keys.subscription_key(scope, tenant), phases, when=ABSENT),
        ]
    )
    return {"plan_id": growth.id, "old_plan_id": old.id, "subscribed_tenant_id": tenant}


def plant_top_up(tenants: Any) -> dict[str, str]:
    """The operator's accounts with a provider, and a top-up of the network that waits to be paid."""
    from batua import clock
    from batua.billing.top_up_records import TopUp, new_top_up_put

    account, _ = (_account(tenants.operator.id, "razorpay", mode) for mode in ("live", "test"))
    now, id = tenants.now, fixed_id("tup", "sample")
    link = {
        "provider": "razorpay",
        "id": "plink_sample",
        "url": "https://rzp.io/i/sample",
        "amt": 5_000_00,
        "until": now + 3 * clock.DAY_MS,
    }
    top_up = TopUp(id, "live", tenants.network.id, 5_000_00, now, "seed", account, "seed", attempts=1, link=link)
    write_missing([new_top_up_put(top_up)])
    return {"billing_top_up_id": id}
