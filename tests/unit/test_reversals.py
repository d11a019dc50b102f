"""Reversals of issues by their merchant: bounded by the room of the month that the issue counted in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from batua import clock, ids
from batua.clock import DAY_MS
from batua.ledger.decisions.coin_posting import is_first_issue
from batua.ledger.decisions.customer_coins import Merchant, decide_issue, decide_reversal
from batua.ledger.model import CoinDecision, MirPolicy, MonthChange, Original, Posting, Program, Refusal, Shard, Wallet

ZONE = "Asia/Kolkata"
NOW = clock.parse_iso("2026-11-21T09:30:00.000Z")
PROGRAM = Program("prg", "ten", "p", "network", ZONE, expiry_months=12, mir=MirPolicy(300, 500, 30))
WALLET = Wallet(ids.derived_id("wal", "a"), ids.derived_id("cust", "a"), lots={202711: 100}, seq=1)
ISSUE = Original("txn_1", "issue", WALLET.id, 100, {202711: 100}, 202611, 2, "ten_shop", day=20261121)
OLD, NEW = Merchant("ten_shop", 0), Merchant("ten_shop", NOW - 29 * DAY_MS)


def reverse(
    merchant: Merchant | None, *, program: Program = PROGRAM, issue: Original = ISSUE, **more: Any
) -> CoinDecision:
    return decide_reversal(WALLET, program, issue, more.pop("now", NOW), merchant=merchant, **more)


def months(decision: CoinDecision) -> tuple[MonthChange, ...]:
    assert isinstance(decision, Posting)
    return decision.months


def test_unseen_it_needs_the_room_that_the_issue_gave_at_the_ratio_in_force() -> None:
    taken = MonthChange(202611, 2, issued=-100, room=-30_000, room_new=-50_000)
    assert months(reverse(OLD)) == (replace(taken, needs=30_000),)
    assert months(reverse(NEW)) == (replace(taken, needs=50_000, new_merchant=True),)
    assert months(reverse(None)) == (taken,)


def test_a_month_of_the_past_is_judged_as_of_its_last_instant() -> None:
    october = replace(ISSUE, month=202610, day=20261021)
    end = clock.month_end(202610, ZONE)
    for joined, new in ((end - 30 * DAY_MS, True), (end - 30 * DAY_MS - 1, False)):
        (change,) = months(reverse(Merchant("ten_shop", joined), issue=october))
        assert (change.month, change.new_merchant) == (202610, new)


def test_what_has_been_used_is_refused_with_the_figures() -> None:
    shards = {0: Shard(100, 290, 1_000, 21_000), 1: Shard(), 2: Shard()}
    assert reverse(OLD, shards=shards) == Refusal(
        "reversal_exceeds_allowance", {"issued": 100, "redeemed": 290, "reversible": 3, "requested": 100}
    )
    assert isinstance(reverse(OLD, shards=shards, coins=3), Posting)
    nothing = {0: Shard(100, 301, -100, 19_900), 1: Shard(), 2: Shard()}
    refused = reverse(OLD, shards=nothing, coins=1)
    assert isinstance(refused, Refusal)
    assert refused.figures["reversible"] == 0


@pytest.mark.parametrize("program", [replace(PROGRAM, kind="application"), replace(PROGRAM, mir=None)])
def test_without_a_ratio_nothing_is_bounded(program: Program) -> None:
    decision = reverse(OLD, program=program, shards={0: Shard()})
    expected = () if program.kind == "application" else (MonthChange(202611, 2, issued=-100),)
    assert months(decision) == expected


def test_coins_that_are_spent_already_need_no_room() -> None:
    spent = replace(WALLET, lots={})
    decision = decide_reversal(spent, PROGRAM, ISSUE, NOW, merchant=OLD, shards={0: Shard()})
    assert isinstance(decision, Posting)
    assert (decision.amount, decision.shortfall, decision.months) == (0, 100, ())


def _issued(wallet: Wallet, now: int, coins: int = 10) -> tuple[Wallet, Original]:
    """A bill of the shop's, and what a reversal of it knows."""
    made = decide_issue(wallet, PROGRAM, OLD, now, coins=coins, bill=None)
    assert isinstance(made, Posting)
    day = clock.local_day(made.at, ZONE)
    known = Original(
        f"txn_{made.after.seq}", "issue", wallet.id, coins, made.lots, day // 100, 0, OLD.id, day=day,
        seq=made.after.seq, earned_before=made.earned_before,
    )  # fmt: skip
    return made.after, known


def _undone(wallet: Wallet, issue: Original, now: int, **more: Any) -> Wallet:
    decided = decide_reversal(wallet, PROGRAM, issue, now, **more)
    assert isinstance(decided, Posting)
    return decided.after


def test_a_first_issue_that_is_taken_back_leaves_the_next_one_the_first() -> None:
    fresh = Wallet(WALLET.id, WALLET.customer)
    for _ in range(2):
        wallet, first = _issued(fresh, NOW)
        assert (is_first_issue(fresh), is_first_issue(wallet), first.earned_before) == (True, False, -1)
        fresh = _undone(wallet, first, NOW + DAY_MS)
        assert (is_first_issue(fresh), fresh.earned_on, fresh.earned, fresh.balance) == (True, 0, {}, 0)


def test_a_bill_that_is_taken_back_as_the_latest_is_no_visit() -> None:
    wallet, _ = _issued(Wallet(WALLET.id, WALLET.customer), NOW)
    later = NOW + 40 * DAY_MS
    again, slip = _issued(wallet, later)
    assert (again.earned_on, slip.earned_before) == (clock.local_day(later, ZONE), clock.local_day(NOW, ZONE))
    undone = _undone(again, slip, later + 1)
    assert (undone.earned_on, is_first_issue(undone)) == (clock.local_day(NOW, ZONE), False)


def test_what_was_followed_by_another_or_spent_stays_a_visit() -> None:
    day = clock.local_day(NOW, ZONE)
    wallet, first = _issued(Wallet(WALLET.id, WALLET.customer), NOW)
    second, _ = _issued(wallet, NOW + 1)
    after = _undone(second, first, NOW + DAY_MS)
    assert (is_first_issue(after), after.earned_on) == (False, day), "the second bill of the day was one"
    half = _undone(wallet, first, NOW + 1, coins=4)
    assert (is_first_issue(half), half.earned_on) == (False, day)
    rest = _undone(half, replace(first, reversed=4), NOW + 2)
    assert (is_first_issue(rest), rest.earned_on) == (False, day), "in parts it is a return"
    spent = replace(wallet, lots={month: coins - 3 for month, coins in wallet.lots.items()})
    kept = _undone(spent, first, NOW + 1)
    assert (is_first_issue(kept), kept.earned_on) == (False, day), "whoever has spent of it has had it"
