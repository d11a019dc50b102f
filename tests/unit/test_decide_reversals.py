"""Reversals of issues and redemptions: what comes back, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from batua.ledger.decisions import customer_coins
from batua.ledger.model import (
    Leg,
    MonthChange,
    Posting,
    Refusal,
)
from batua.money import MAX_MINOR
from tests.unit.decision_fixtures import MERCHANT, NOW, PROGRAM, WALLET, original, posting, refusal

# Reverse


def test_undoing_a_redemption_gives_lots_and_room_back_where_they_came_from() -> None:
    spent = original("redeem", amount=12, lots={202611: 10, 202701: 2}, spends={2: 12}, month=202610)
    moved = posting(customer_coins.decide_reversal(WALLET, PROGRAM, spent, NOW, coins=5))
    assert moved.lots == {202701: 2, 202611: 3}
    assert moved.months == (MonthChange(202610, 2, redeemed=-5, room=500, room_new=500),)
    rest = posting(customer_coins.decide_reversal(WALLET, PROGRAM, replace(spent, reversed=5), NOW))
    assert (rest.amount, rest.lots) == (7, {202611: 7})
    assert rest.original == replace(spent, reversed=12, reversed_before=5)
    assert rest.legs == (Leg("wallet", 7), Leg("redeemed", -7))


def test_room_that_was_given_back_is_not_given_back_again() -> None:
    spent = original("redeem", lots={202701: 10}, spends={0: 4, 1: 6}, reversed=6)
    moved = posting(customer_coins.decide_reversal(WALLET, PROGRAM, spent, NOW, coins=3))
    assert [(change.shard, change.redeemed) for change in moved.months] == [(0, -3)]


def test_lots_that_have_expired_meanwhile_come_back_and_leave_at_once() -> None:
    moved = posting(customer_coins.decide_reversal(WALLET, PROGRAM, original("redeem", lots={202609: 10}), NOW))
    assert (moved.expired, moved.after.balance) == ({202609: 10}, 30)


def test_a_capture_can_be_undone_and_a_hold_void_expiry_or_reversal_cannot() -> None:
    assert posting(customer_coins.decide_reversal(WALLET, PROGRAM, original("capture"), NOW)).kind == "reverse_redeem"
    for kind in ("hold", "void", "expire", "reverse_issue", "reverse_redeem"):
        assert refusal(customer_coins.decide_reversal(WALLET, PROGRAM, original(kind), NOW)).code == "not_reversible"


def test_reversals_together_never_exceed_the_original() -> None:
    undone = original("issue", reversed=10)
    assert refusal(customer_coins.decide_reversal(WALLET, PROGRAM, undone, NOW)) == Refusal(
        "nothing_to_reverse", {"original": 10, "reversed": 10}
    )
    last = posting(customer_coins.decide_reversal(WALLET, PROGRAM, original("issue", reversed=9), NOW))
    assert (last.kind, last.amount, last.legs) == ("reverse_issue", 1, (Leg("wallet", -1), Leg("mint", 1)))
    part = original("issue", reversed=4)
    assert refusal(customer_coins.decide_reversal(WALLET, PROGRAM, part, NOW, coins=7)) == Refusal(
        "reversal_exceeds_original", {"original": 10, "left": 6}
    )


def test_undoing_an_issue_takes_its_own_lot_first_and_its_months_room_though_the_month_has_passed() -> None:
    program = replace(PROGRAM, expiry_months=2)
    moved = posting(
        customer_coins.decide_reversal(
            WALLET, program, original("issue", amount=25, month=202611, shard=1, lots={202701: 25}), NOW
        )
    )
    assert moved.lots == {202611: -5, 202701: -20}
    assert moved.months == (MonthChange(202611, 1, issued=-25, room=-7500, room_new=-12500),)
    later = posting(customer_coins.decide_reversal(WALLET, program, original("issue", month=202609), NOW))
    assert later.months[0].month == 202609


@pytest.mark.parametrize(
    ("policy", "taken", "shortfall", "debt", "balance"), [("cap", 30, 10, 0, 0), ("negative", 40, 0, 10, -10)]
)
def test_undoing_an_issue_whose_coins_are_spent_follows_the_policy(
    policy: Any, taken: int, shortfall: int, debt: int, balance: int
) -> None:
    program = replace(PROGRAM, reversal=policy)
    moved = posting(customer_coins.decide_reversal(WALLET, program, original("issue", amount=40), NOW))
    assert (moved.amount, moved.shortfall, moved.after.debt, moved.after.balance) == (taken, shortfall, debt, balance)
    assert moved.months[0].issued == -taken
    assert moved.original is not None
    assert moved.original.reversed == 40


def test_the_policy_reject_refuses_to_undo_an_issue_whose_coins_are_spent() -> None:
    program = replace(PROGRAM, reversal="reject")
    decision = customer_coins.decide_reversal(WALLET, program, original("issue", amount=40), NOW)
    assert refusal(decision) == Refusal("coins_already_spent", {"available": 30})
    assert isinstance(
        customer_coins.decide_reversal(WALLET, program, original("issue", amount=40), NOW, coins=30), Posting
    )


def test_a_capped_reversal_of_an_empty_wallet_records_the_shortfall_alone() -> None:
    moved = posting(customer_coins.decide_reversal(replace(WALLET, lots={}), PROGRAM, original("issue"), NOW))
    assert (moved.amount, moved.shortfall, moved.legs, moved.months) == (0, 10, (), ())


def test_a_debt_grows_with_the_next_reversal() -> None:
    program, owing = replace(PROGRAM, reversal="negative"), replace(WALLET, lots={}, debt=5)
    assert posting(customer_coins.decide_reversal(owing, program, original("issue"), NOW)).after.debt == 15


def test_a_redemption_that_is_undone_pays_debt() -> None:
    moved = posting(customer_coins.decide_reversal(replace(WALLET, lots={}, debt=4), PROGRAM, original("redeem"), NOW))
    assert (moved.after.debt, moved.after.lots) == (0, {202611: 6})


def test_an_issue_undone_on_its_day_can_be_earned_again_that_day() -> None:
    wallet = replace(WALLET, earned_on=20261121, earned={MERCHANT.id: 12})
    assert posting(customer_coins.decide_reversal(wallet, PROGRAM, original("issue"), NOW)).after.earned == {
        MERCHANT.id: 2
    }
    several = replace(wallet, earned={MERCHANT.id: 10, "other": 3})
    undone = posting(customer_coins.decide_reversal(several, PROGRAM, original("issue"), NOW)).after
    assert undone.earned == {MERCHANT.id: 0, "other": 3}
    earlier = original("issue", day=20261120)
    assert posting(customer_coins.decide_reversal(wallet, PROGRAM, earlier, NOW)).after.earned == {MERCHANT.id: 12}


def test_a_redemption_is_not_undone_into_a_wallet_that_would_hold_too_much() -> None:
    full = replace(WALLET, lots={202701: MAX_MINOR - 9})
    assert refusal(customer_coins.decide_reversal(full, PROGRAM, original("redeem"), NOW)) == Refusal(
        "balance_limit_exceeded", {"balance": MAX_MINOR - 9}
    )
    assert (
        posting(customer_coins.decide_reversal(full, PROGRAM, original("redeem"), NOW, coins=9)).after.balance
        == MAX_MINOR
    )
