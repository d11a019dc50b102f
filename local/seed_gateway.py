"""Seed data of the gateway: a parent with a balance and some charges, and its child."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

CUSTOMER = "CUST-GANGA-0001"
OPENING_PAISE = 5_000_000_00


REQUEST = "Ganga North, first request"


def credentials(parent: Any, child: Any, fixed_id: Callable[[str, str], str]) -> dict[str, Any]:
    """For each: its id, a user's id for the audit trail, a bearer token, an API key, a customer."""
    from batua.identity import apikeys

    def of(tenant: Any) -> dict[str, str]:
        live = [key for key in tenant.keys.values() if key.mode == "live"]
        test = next(key for key in tenant.keys.values() if key.mode == "test")
        return {
            "tenant_id": tenant.id,
            "user_id": fixed_id("usr", tenant.name),
            "token": apikeys.token_of(tenant, live[0]),
            "api_key": apikeys.token_of(tenant, live[1]),
            "test_key": apikeys.token_of(tenant, test),
            "customer_id": CUSTOMER,
        }

    request = {"balance_request_id": fixed_id("breq", REQUEST)}
    return {"prayog_parent": of(parent), "prayog_child": {**of(child), **request}}


def plant(parent: Any, child: Any, at: int, fixed_id: Callable[[str, str], str]) -> None:
    """Gives the parent its balance, and a request of its child's to decide. Planted again, nothing changes."""
    from batua.ledger import accounts
    from batua.ledger.entry import Source
    from batua.ledger.treasury import Treasury, funds_order
    from batua.store.store import store

    wallet = accounts.wallet_of("live", parent.id)
    source = Source("seed", "192.0.2.30", parent.id, "SEED-OPENING")
    order = funds_order("seed", "live", parent.id, source, "opening", {"paise": OPENING_PAISE})
    Treasury(store(), parent.time_zone, at).post(order, lambda known: accounts.credit(known, wallet, OPENING_PAISE, at))
    _charge(parent, at)
    _ask(parent, child, at, fixed_id)


def _charge(parent: Any, at: int) -> None:
    """Freight with its taxes, for reports and invoices to show."""
    from batua import clock
    from batua.gateway import charges, totals
    from batua.ledger import accounts
    from batua.ledger.entry import Source
    from batua.ledger.treasury import Treasury, funds_order
    from batua.store.store import store

    wallet = accounts.wallet_of("live", parent.id)
    said = {
        "customer": CUSTOMER,
        "entity": "order",
        "head": "Freight",
        "code": "996511",
        "billable": True,
        "absorbed": "merchant",
        "at": clock.iso(at),
        "day": clock.day_of(at, parent.time_zone),
        "parts": [["Base", 200_00], ["CGST", 18_00], ["SGST", 18_00]],
    }
    line = accounts.charge_line(wallet, 236_00, gives=False, details=said)
    sums = totals.updates(wallet.scope, totals.customer_digest(CUSTOMER, wallet.asset), [charges.totalled(line)])
    source = Source("seed", "192.0.2.30", parent.id, "SEED-FREIGHT")
    order = funds_order("seed", "live", parent.id, source, "freight", {"paise": line.amount})
    Treasury(store(), parent.time_zone, at).post(order, lambda known: accounts.charge(known, [line], at), beside=sums)


def _ask(parent: Any, child: Any, at: int, fixed_id: Callable[[str, str], str]) -> None:
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
        execution=ids.new("exec", at),
        created_at=at,
        updated_at=at,
        expires_at=at + 72 * 3_600_000,
        remind_every=24 * 3_600_000,
        remarks="Business expansion needs",
    )
    if requests.find(store(), request.scope, request.id) is None:
        requests.begin(store(), request)
