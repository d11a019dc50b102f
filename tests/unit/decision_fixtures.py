"""A wallet, its program, and the kinds of decisions about them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from batua import clock, ids
from batua.ledger.decisions import customer_coins
from batua.ledger.model import (
    CoinDecision,
    MirPolicy,
    Original,
    Posting,
    Program,
    Refusal,
    Wallet,
)

ZONE = "Asia/Kolkata"
NOW = clock.parse_iso("2026-11-21T09:30:00Z")
MERCHANT = customer_coins.Merchant(ids.derived_id("ten", "shop"), 0)
PROGRAM = Program("prg", ids.derived_id("ten", "owner"), "p", "network", ZONE, mir=MirPolicy())
WALLET = Wallet("wal", "cust", {202611: 10, 202701: 20}, seq=3, last_at=NOW - 1000, opened_at=1, last_hash=b"h")


def posting(decision: CoinDecision) -> Posting:
    assert isinstance(decision, Posting), decision
    return decision


def refusal(decision: CoinDecision) -> Refusal:
    assert isinstance(decision, Refusal), decision
    return decision


def original(kind: Any, **more: Any) -> Original:
    base = Original("txn", kind, "wal", 10, {202611: 10}, 202611, 0, MERCHANT.id, day=20261121, spends={0: 10})
    return replace(base, **more)
