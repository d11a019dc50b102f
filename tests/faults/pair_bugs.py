"""Planted bugs of newer paths of value, with the scene and the operations beside which they show."""

from __future__ import annotations

from typing import Final

from tests.faults.bugs import Bug
from tests.faults.scenes import BRANCH, PENDING, Scene

PAIR_BUGS: Final[tuple[tuple[Bug, Scene, tuple[str, ...]], ...]] = (
    (
        Bug(
            "a wallet is closed whatever came in meanwhile",
            "ledger.records.tenant_money:closing_update",
            "equal=unchanged, missing=tuple(name for name in balance if name not in record)",
            "equal={}",
        ),
        BRANCH,
        ("send", "close"),
    ),
    (
        Bug(
            "money goes into a closed wallet",
            "ledger.records.tenant_money:funds_update",
            'missing=("frozen", "closed") if',
            'missing=("frozen",) if',
        ),
        BRANCH,
        ("send", "close"),
    ),
    (
        Bug(
            "a decision does not ask whether the request was withdrawn",
            "gateway.decisions:_Decision.recorded",
            "when=PENDING",
            "when=Condition()",
        ),
        BRANCH,
        ("approve", "withdraw"),
    ),
    (
        Bug(
            "an issue forgets what is pending of others",
            "ledger.decisions.coin_posting:coin_posting",
            "kept = add_pending(at.pending, pending or {})",
            "kept = add_pending({}, pending or {})",
        ),
        PENDING,
        ("issue", "redeem"),
    ),
    (
        Bug(
            "pending coins are spent",
            "ledger.decisions.customer_coins:_spendable",
            "if coins > at.available:",
            "if coins > at.owned:",
        ),
        PENDING,
        ("redeem what waits", "issue"),
    ),
    (
        Bug(
            "a wallet is read without what is pending of it",
            "ledger.records.customer_coins:read_wallet",
            'pending=_read_pending(record.get("pend")),',
            "pending={},",
        ),
        PENDING,
        ("issue", "reverse what waits"),
    ),
)
