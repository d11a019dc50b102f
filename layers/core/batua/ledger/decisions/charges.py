"""Charges on a tenant's wallet: several lines under one business reference, posted together or not at all. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .tenant_money import (
    FundsDecision,
    FundsLine,
    FundsPosting,
    FundsState,
    TenantWallet,
    check_balances,
    check_creditable,
    creditable_change,
)


def decide_charge(known: FundsState, lines: Sequence[FundsLine], now: int, *, reference: str) -> FundsDecision:
    """Posts charges, all or none. A wallet with several is changed once, by their sum.

    Credits give back at most what debits under the same reference took: `credit_exceeds_debits` otherwise.
    """
    total = sum(line.amount for line in lines)
    posting = FundsPosting("charge", total, tuple(lines), now, creditable=creditable_change(lines, reference))
    return check_creditable(known, posting) or check_balances(known, posting)


def charge_line(wallet: TenantWallet, amount: int, *, credit: bool, details: Mapping[str, Any]) -> FundsLine:
    """A charge in paise: a credit adds to the wallet, a debit takes from it."""
    change = amount if credit else -amount
    return FundsLine(wallet, "charge", amount, (("wallet", change), ("spent", -change)), details=details)
