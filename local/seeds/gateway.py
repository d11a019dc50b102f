"""Seed data of the gateway: a parent with a balance and some charges, and its child."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from local.seeds.billing import CUSTOMER_GSTIN, GSTIN
from local.seeds.writing import fixed_id

CUSTOMER = "CUST-GANGA-0001"
OPENING_PAISE = 5_000_000_00


REQUEST = "Ganga North, first request"


def credentials(parent: Any, child: Any) -> dict[str, Any]:
    """For each: its id, a user's id for the audit trail, a bearer token, an API key, a customer."""
    from batua.identity import api_keys

    def of(tenant: Any) -> dict[str, str]:
        live = [key for key in tenant.keys.values() if key.mode == "live"]
        test = next(key for key in tenant.keys.values() if key.mode == "test")
        return {
            "tenant_id": tenant.id,
            "user_id": fixed_id("usr", tenant.name),
            "token": api_keys.api_key_token(tenant, live[0]),
            "api_key": api_keys.api_key_token(tenant, live[1]),
            "test_key": api_keys.api_key_token(tenant, test),
            "customer_id": CUSTOMER,
            "invoice_id": fixed_id("ginv", "sample"),
        }

    request = {"balance_request_id": fixed_id("breq", REQUEST)}
    return {"prayog_parent": of(parent), "prayog_child": {**of(child), **request}}


def plant(parent: Any, child: Any, at: int) -> None:
    """Gives the parent its balance, and a request of its child's to decide. Planted again, nothing changes."""
    from batua.ledger.decisions import tenant_money
    from batua.ledger.model import Origin
    from batua.ledger.posting.tenant_money import TenantLedger, funds_request
    from batua.store.store import store

    wallet = tenant_money.tenant_wallet("live", parent.id)
    source = Origin("seed", "192.0.2.30", parent.id, "SEED-OPENING")
    order = funds_request("seed", "live", parent.id, source, "opening", {"paise": OPENING_PAISE})
    TenantLedger(store(), parent.time_zone, at).post(
        order, lambda known: tenant_money.decide_credit(known, wallet, OPENING_PAISE, at)
    )
    _charge(parent, at)
    _invoice(parent, at)
    _ask(parent, child, at)


def _charge(parent: Any, at: int) -> None:
    """Freight with its taxes, for reports and invoices to show."""
    from batua import clock
    from batua.gateway import charge_totals, charges
    from batua.ledger.decisions import tenant_money
    from batua.ledger.decisions.charges import charge_line, decide_charge
    from batua.ledger.model import Origin
    from batua.ledger.posting.tenant_money import TenantLedger, funds_request
    from batua.store.store import store

    wallet = tenant_money.tenant_wallet("live", parent.id)
    said = {
        "customer": CUSTOMER,
        "entity": "order",
        "head": "Freight",
        "code": "996511",
        "billable": True,
        "absorbed": "merchant",
        "at": clock.iso(at),
        "day": clock.local_day(at, parent.time_zone),
        "parts": [["Base", 200_00], ["CGST", 18_00], ["SGST", 18_00]],
    }
    line = charge_line(wallet, 236_00, credit=False, details=said)
    sums = charge_totals.total_updates(
        wallet.scope, charge_totals.customer_digest(CUSTOMER, wallet.asset), [charges.totalled_charge(line)]
    )
    source = Origin("seed", "192.0.2.30", parent.id, "SEED-FREIGHT")
    order = funds_request("seed", "live", parent.id, source, "freight", {"paise": line.amount})
    TenantLedger(store(), parent.time_zone, at).post(
        order, lambda known: decide_charge(known, [line], at, reference="SEED-FREIGHT"), extra_writes=sums
    )


def _invoice(parent: Any, at: int) -> None:
    """An invoice of a buyer of its own, for the sample that reads one: its number is taken from the series."""
    from batua import clock
    from batua.billing.profiles import party_item
    from batua.billing.series import document_number, series_year
    from batua.billing.supply import Party
    from batua.store import billing_keys, gateway_keys, keys
    from batua.store.store import store
    from batua.store.writes import ABSENT, Put

    scope, year = keys.scope("live", parent.id), series_year(at, parent.time_zone)
    key = gateway_keys.invoice_key(scope, fixed_id("ginv", "sample"))
    if store().read([key])[key] is not None:
        return
    recipient = Party(
        "Anand Foods", "regular", CUSTOMER_GSTIN, address=("4 Brigade Road",), city="Bengaluru", pin_code="560025"
    )
    supplier = replace(recipient, legal_name=parent.name, gstin=GSTIN, address=("12 MG Road",), pin_code="560001")
    taxes = {"cgst": 9_00, "sgst": 9_00, "utgst": 0, "igst": 0, "cess": 0, "gst": 0}
    day = clock.local_day(at, parent.time_zone)
    invoice = {
        "tpl": "B2BInvoice",
        "prod": "SMLPYOG",
        "buyer": "CUST-SAMPLE",
        "seller": CUSTOMER,
        "issuer": parent.name,
        "first": day // 100 * 100 + 1,
        "last": day,
        "at": at,
        "cur": "INR",
        "vars": {},
        "by": "seed",
        "from": party_item(supplier),
        "to": party_item(recipient),
        "fp": "seed",
        "lines": [{"code": "996511", "what": "Freight", "value": 100_00, **taxes, "total": 118_00}],
        "value": 100_00,
        "total": 118_00,
        "kind": "tax_invoice",
        "no": document_number("INV", year, 1),
    }
    series = billing_keys.invoice_series_key(scope, year, "INV")
    store().commit([Put(key, invoice, when=ABSENT), Put(series, {"last": 1}, when=ABSENT)])


def _ask(parent: Any, child: Any, at: int) -> None:
    from batua import ids
    from batua.gateway import requests
    from batua.store import keys
    from batua.store.store import store

    request = requests.BalanceRequest(
        scope=keys.scope("live", parent.id),
        id=fixed_id("breq", REQUEST),
        child=child.id,
        child_name=child.name,
        customer=CUSTOMER,
        amount=1_000_00,
        status="PENDING",
        step="WAITING",
        execution=ids.new_id("exec", at),
        created_at=at,
        updated_at=at,
        expires_at=at + 72 * 3_600_000,
        remind_every=24 * 3_600_000,
        remarks="Business expansion needs",
    )
    if requests.find_request(store(), request.scope, request.id) is None:
        requests.begin_workflow(store(), request)
