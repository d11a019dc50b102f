"""Tenant wallets to be counted again."""

from __future__ import annotations

from typing import Any

from batua import clock, ids
from batua.ledger.decisions import tenant_money
from batua.ledger.decisions.tenant_money import FundsPosting, FundsState
from batua.ledger.model import Origin
from batua.ledger.records.tenant_money import posting_items

SHOP = ids.derived_id("ten", "shop")
MONEY, GRAIN = tenant_money.tenant_wallet("live", SHOP), tenant_money.tenant_wallet("live", SHOP, customer="asha")
SCOPE, NOW = MONEY.scope, clock.parse_iso("2026-11-21T09:30:00Z")
Record = dict[str, Any]


def txn(name: str) -> str:
    return ids.derived_id("txn", name)


def lines(name: str, decision: Any) -> list[Record]:
    assert isinstance(decision, FundsPosting)
    made = posting_items(txn(name), decision, Origin("usr", "::1", SHOP), b"print", 20261121)
    return [{"pk": key.pk, "sk": key.sk, **item} for key, item in made]


CREDIT = lines("credit", tenant_money.decide_credit(FundsState(), MONEY, 100, NOW))
