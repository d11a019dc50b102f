"""Seed data of the gateway: a parent with a balance and some charges, and its child."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

CUSTOMER = "CUST-GANGA-0001"
OPENING_PAISE = 5_000_000_00


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

    return {"prayog_parent": of(parent), "prayog_child": of(child)}


def plant(parent: Any, at: int) -> None:
    """Gives the parent its balance. Planted again, it is a replay."""
    from batua.ledger import accounts
    from batua.ledger.entry import Source
    from batua.ledger.treasury import Treasury, funds_order
    from batua.store.store import store

    wallet = accounts.wallet_of("live", parent.id)
    source = Source("seed", "192.0.2.30", parent.id, "SEED-OPENING")
    order = funds_order("seed", "live", parent.id, source, "opening", {"paise": OPENING_PAISE})
    Treasury(store(), parent.time_zone, at).post(
        order, lambda known: accounts.credit(known, wallet, OPENING_PAISE, at)
    )
