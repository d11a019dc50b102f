"""Tenant wallets and decisions about them."""

from __future__ import annotations

from typing import Any

from batua import clock, ids
from batua.ledger.decisions import tenant_money
from batua.ledger.decisions.tenant_money import (
    FundsHold,
    FundsLine,
    FundsOriginal,
    FundsPosting,
)

SHOP, MILL = ids.derived_id("ten", "shop"), ids.derived_id("ten", "mill")
MONEY, GRAIN = tenant_money.tenant_wallet("live", SHOP), tenant_money.tenant_wallet("live", MILL)
NOW = clock.parse_iso("2026-11-21T09:30:00Z")
HOLD = FundsHold("hold_1", MONEY, 80, NOW + 1000)


def posting(decision: Any) -> FundsPosting:
    assert isinstance(decision, FundsPosting), decision
    return decision


# Refunds


def original(*lines: FundsLine, kind: str = "debit", undone: int = 0) -> FundsOriginal:
    lines = lines or (FundsLine(MONEY, "debit", 100, (("wallet", -100), ("spent", 100))),)
    return FundsOriginal("txn_1", kind, sum(line.amount for line in lines), lines, undone)
