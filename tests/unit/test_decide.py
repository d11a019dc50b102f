"""What becomes of a wallet: each command, and each of its refusals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from batua import clock
from batua.ledger.decisions import customer_coins
from batua.ledger.earning import EarningRule
from batua.ledger.model import (
    CoinDecision,
    Hold,
    InvariantBroken,
    Leg,
    MonthChange,
    Posting,
    Program,
    Refusal,
    Shard,
    Wallet,
)
from batua.money import MAX_MINOR
from tests.unit.decision_fixtures import MERCHANT, NOW, PROGRAM, WALLET, ZONE, original, posting, refusal

HOLD = Hold("hold", "wal", 8, {202611: 5, 202701: 3}, "open", NOW + 1000, MERCHANT.id)
HELD = replace(WALLET, lots={202701: 17}, held=8)


def issue(wallet: Wallet = WALLET, program: Program = PROGRAM, now: int = NOW, **more: Any) -> CoinDecision:
    return customer_coins.decide_issue(wallet, program, MERCHANT, now, **{"coins": 7, "bill": None, **more})


def redeem(wallet: Wallet = WALLET, program: Program = PROGRAM, now: int = NOW, **more: Any) -> CoinDecision:
    return customer_coins.decide_redemption(wallet, program, MERCHANT, now, **{"coins": 12, **more})


def capture(wallet: Wallet = HELD, held: Hold = HOLD, now: int = NOW, **more: Any) -> CoinDecision:
    return customer_coins.decide_capture(wallet, PROGRAM, MERCHANT, held, now, **more)


# Time


def test_a_clock_that_goes_back_does_not_take_the_wallet_along() -> None:
    moved = posting(issue(now=NOW - 10**9))
    assert moved.at == WALLET.last_at == moved.after.last_at


def test_the_first_movement_opens_the_wallet() -> None:
    moved = posting(issue(Wallet("wal", "cust")))
    assert (moved.after.opened_at, moved.after.seq) == (NOW, 1)
    assert posting(issue()).after.opened_at == 1
    assert posting(issue()).after.last_at == NOW


def test_coins_that_are_past_leave_with_the_next_movement_as_breakage() -> None:
    december = clock.month_start(202612, ZONE)
    moved = posting(redeem(now=december))
    assert moved.expired == {202611: 10}
    assert moved.lots == {202701: -12}
    assert moved.after.lots == {202701: 8}
    assert Leg("breakage", 10) in moved.legs


def test_coins_live_through_the_last_millisecond_of_their_month() -> None:
    december = clock.month_start(202612, ZONE)
    assert isinstance(redeem(coins=30, now=december - 1), Posting)
    assert refusal(redeem(coins=30, now=december)).code == "insufficient_balance"


# Issue


def test_an_issue_gives_coins_that_expire_after_the_months_of_the_program() -> None:
    moved = posting(issue(shard=2))
    assert moved.kind == "issue"
    assert moved.after.lots == {202611: 10, 202701: 20, 202711: 7}
    assert moved.legs == (Leg("wallet", 7), Leg("mint", -7))
    assert moved.months == (MonthChange(202611, 2, issued=7, room=2100, room_new=3500),)
    assert moved.after.earned == {MERCHANT.id: 7}


def test_what_names_no_shard_counts_on_the_first() -> None:
    assert [posting(move()).months[0].shard for move in (issue, redeem, capture)] == [0, 0, 0]


def test_coins_of_a_program_without_expiry_never_expire() -> None:
    assert posting(issue(program=replace(PROGRAM, expiry_months=None))).lots == {clock.NO_EXPIRY: 7}


def test_an_application_keeps_no_merchants_months() -> None:
    application = replace(PROGRAM, kind="application")
    assert posting(issue(program=application)).months == ()
    assert posting(redeem(program=application)).months == ()
    for kind in ("issue", "redeem"):
        assert posting(customer_coins.decide_reversal(WALLET, application, original(kind), NOW)).months == ()


def test_a_bill_earns_by_the_rules_of_the_program_or_by_the_merchants_own_instead() -> None:
    program = replace(PROGRAM, rules=(EarningRule("p", "flat", coins=50),))
    moved = posting(issue(program=program, coins=None, bill=10_000))
    assert (moved.amount, moved.rule, moved.bill) == (50, ("p", 1, "flat"), 10_000)
    own = replace(MERCHANT, rules=(EarningRule("m", "flat", coins=2, version=4),))
    moved = posting(customer_coins.decide_issue(WALLET, program, own, NOW, coins=None, bill=10_000))
    assert (moved.amount, moved.rule) == (2, ("m", 4, "flat"))


def test_no_rule_and_a_reached_daily_cap_are_told_apart() -> None:
    program = replace(PROGRAM, rules=(EarningRule("p", "flat", coins=50, cap_per_day=60, minimum_bill=100),))
    wallet = replace(WALLET, earned_on=20261121, earned={MERCHANT.id: 60})
    assert refusal(issue(wallet, program, coins=None, bill=99)).code == "no_rule_matches"
    assert refusal(issue(wallet, program, coins=None, bill=100)) == Refusal("daily_cap_reached", {"earned_today": 60})
    assert posting(issue(wallet, program, now=NOW + clock.DAY_MS, coins=None, bill=100)).amount == 50


def test_a_cap_of_one_coin_is_a_cap() -> None:
    program = replace(PROGRAM, rules=(EarningRule("p", "flat", coins=50, cap_per_day=1),))
    wallet = replace(WALLET, earned_on=20261121, earned={MERCHANT.id: 1})
    assert refusal(issue(wallet, program, coins=None, bill=100)).code == "daily_cap_reached"


def test_without_a_bill_no_rule_that_asks_for_one_matches() -> None:
    program = replace(PROGRAM, rules=(EarningRule("p", "flat", coins=50, minimum_bill=1),))
    assert refusal(issue(program=program, coins=None)) == Refusal("no_rule_matches", {"earned_today": 0})
    assert posting(issue(program=program, coins=None, bill=1)).amount == 50


def test_only_an_issue_and_its_reversal_change_what_was_earned_today() -> None:
    wallet = replace(WALLET, earned_on=20261120, earned={MERCHANT.id: 5})
    undone = customer_coins.decide_reversal(wallet, PROGRAM, original("issue", day=20261120), NOW)
    for moved in (posting(redeem(wallet)).after, posting(undone).after):
        assert (moved.earned_on, moved.earned) == (20261120, {MERCHANT.id: 5}), "a return on another day is no visit"
    assert posting(issue(wallet)).after.earned_on == 20261121
    today = replace(wallet, earned_on=20261121, earned={MERCHANT.id: 15})
    moved = posting(customer_coins.decide_reversal(today, PROGRAM, original("issue"), NOW)).after
    assert (moved.earned_on, moved.earned) == (20261121, {MERCHANT.id: 5})


def test_a_day_counts_each_merchant_by_itself() -> None:
    wallet = replace(WALLET, earned_on=20261121, earned={"other": 5, MERCHANT.id: 1})
    assert posting(issue(wallet)).after.earned == {"other": 5, MERCHANT.id: 8}
    assert posting(issue(wallet, now=NOW + clock.DAY_MS)).after.earned == {MERCHANT.id: 7}


def test_a_frozen_wallet_neither_gets_nor_gives() -> None:
    frozen = replace(WALLET, status="frozen")
    assert refusal(issue(frozen)).code == "wallet_not_active"
    assert refusal(redeem(frozen)).code == "wallet_not_active"
    held = customer_coins.decide_hold(frozen, PROGRAM, MERCHANT, NOW, id="hold", coins=1, expires_at=NOW + 1)
    assert refusal(held).code == "wallet_not_active"


def test_a_wallet_does_not_grow_beyond_the_largest_amount() -> None:
    assert refusal(issue(coins=MAX_MINOR - 29)) == Refusal("balance_limit_exceeded", {"balance": 30})
    assert posting(issue(coins=MAX_MINOR - 30)).after.balance == MAX_MINOR


def test_an_issue_pays_debt_first() -> None:
    moved = posting(issue(replace(WALLET, lots={}, debt=5)))
    assert (moved.after.debt, moved.after.lots, moved.after.balance) == (0, {202711: 2}, 2)
    moved = posting(issue(replace(WALLET, lots={}, debt=50)))
    assert (moved.after.debt, moved.after.lots, moved.after.balance) == (43, {}, -43)


# Redeem


def test_a_redemption_takes_the_coins_that_expire_first_and_room_of_the_month() -> None:
    moved = posting(redeem(shard=1, bill=1200))
    assert (moved.kind, moved.bill) == ("redeem", 1200)
    assert moved.after.lots == {202701: 18}
    assert moved.spent == {202611: 10, 202701: 2}
    assert moved.legs == (Leg("wallet", -12), Leg("redeemed", 12))
    assert moved.months == (MonthChange(202611, 1, redeemed=12, room=-1200, room_new=-1200, needs=1200),)


def test_a_merchant_of_less_than_thirty_days_spends_the_room_of_a_new_one() -> None:
    merchant = replace(MERCHANT, joined_at=NOW - 30 * clock.DAY_MS + 1)
    change = posting(customer_coins.decide_redemption(WALLET, PROGRAM, merchant, NOW, coins=1)).months[0]
    assert change.new_merchant
    merchant = replace(merchant, joined_at=NOW - 30 * clock.DAY_MS)
    assert not posting(customer_coins.decide_redemption(WALLET, PROGRAM, merchant, NOW, coins=1)).months[0].new_merchant


def test_more_than_is_there_is_refused_with_the_figures() -> None:
    assert refusal(redeem(coins=31)) == Refusal(
        "insufficient_balance", {"balance": 30, "available": 30, "requested": 31}
    )
    assert refusal(redeem(HELD, coins=18)) == Refusal(
        "insufficient_balance", {"balance": 25, "available": 17, "requested": 18}
    )
    owing = replace(WALLET, lots={}, debt=5)
    assert refusal(redeem(owing, coins=1)) == Refusal(
        "insufficient_balance", {"balance": -5, "available": 0, "requested": 1}
    )


def test_coins_may_be_worth_the_bill_but_not_more() -> None:
    assert isinstance(redeem(bill=1200), Posting)
    assert refusal(redeem(bill=1199)) == Refusal("coins_exceed_bill", {"bill": 1199, "value": 1200})


def test_at_the_ceiling_a_redemption_is_refused() -> None:
    shards = {0: Shard(issued=1, redeemed=2, room=100, room_new=300)}
    assert refusal(redeem(coins=2, shards=shards)).code == "mir_limit_reached"
    assert isinstance(redeem(coins=1, shards=shards), Posting)
    assert isinstance(redeem(program=replace(PROGRAM, mir=None), shards={0: Shard()}), Posting)


# Hold, capture, void


def test_a_shard_gives_to_shard_0_what_it_has_at_one_ratio_alone() -> None:
    shards = {0: Shard(room=0, room_new=0, epoch=2), 1: Shard(room=0, room_new=300, open=False)}
    new = replace(MERCHANT, joined_at=NOW)
    moved = posting(customer_coins.decide_redemption(WALLET, PROGRAM, new, NOW, coins=1, shards=shards)).months
    assert {(change.shard, change.room, change.room_new) for change in moved} == {(0, -100, 200), (1, 0, -300)}


def test_a_hold_sets_coins_aside() -> None:
    moved = posting(customer_coins.decide_hold(WALLET, PROGRAM, MERCHANT, NOW, id="h", coins=12, expires_at=NOW + 1))
    assert (moved.after.available, moved.after.held, moved.after.balance) == (18, 12, 30)
    assert moved.hold == Hold("h", "wal", 12, {202611: 10, 202701: 2}, "open", NOW + 1, MERCHANT.id)
    assert (moved.kind, moved.months) == ("hold", ())
    assert moved.legs == (Leg("wallet", -12), Leg("held", 12))


def test_a_capture_redeems_all_or_a_part_and_gives_the_rest_back() -> None:
    whole = posting(capture())
    assert (whole.amount, whole.after.held, whole.after.available) == (8, 0, 17)
    part = posting(capture(coins=6))
    assert (part.amount, part.spent, part.lots) == (6, {202611: 5, 202701: 1}, {202701: 2})
    assert part.hold == replace(HOLD, state="captured", captured=6)
    assert part.months[0].redeemed == 6
    assert part.legs == (Leg("held", -8), Leg("wallet", 2), Leg("redeemed", 6))


@pytest.mark.parametrize("state", ["captured", "voided", "expired"])
def test_a_hold_ends_once(state: Any) -> None:
    ended = replace(HOLD, state=state)
    assert refusal(capture(held=ended)).code == "hold_not_open"
    for why in ("voided", "expired"):
        assert refusal(customer_coins.decide_void(HELD, PROGRAM, ended, NOW + 5000, why=why)).code == "hold_not_open"  # type: ignore[arg-type]


def test_a_hold_is_captured_until_the_instant_at_which_it_expires() -> None:
    assert isinstance(capture(now=HOLD.expires_at - 1), Posting)
    assert refusal(capture(now=HOLD.expires_at)).code == "hold_not_open"
    assert (
        refusal(customer_coins.decide_void(HELD, PROGRAM, HOLD, HOLD.expires_at - 1, why="expired")).code
        == "hold_not_open"
    )
    assert posting(customer_coins.decide_void(HELD, PROGRAM, HOLD, HOLD.expires_at, why="expired")).hold == replace(
        HOLD, state="expired"
    )


def test_a_hold_whose_time_is_over_can_still_be_voided() -> None:
    assert isinstance(customer_coins.decide_void(HELD, PROGRAM, HOLD, HOLD.expires_at + 1, why="voided"), Posting)


def test_a_capture_may_not_exceed_its_hold_nor_the_room() -> None:
    assert refusal(capture(coins=9)) == Refusal("capture_exceeds_hold", {"held": 8})
    assert refusal(capture(shards={0: Shard()})).code == "mir_limit_reached"


def test_a_void_gives_all_back_and_what_is_past_meanwhile_leaves() -> None:
    held = replace(HOLD, expires_at=NOW + 90 * clock.DAY_MS)
    moved = posting(customer_coins.decide_void(HELD, PROGRAM, held, clock.month_start(202612, ZONE), why="voided"))
    assert (moved.after.held, moved.after.lots, moved.expired) == (0, {202701: 20}, {202611: 5})
    assert (moved.kind, moved.amount) == ("void", 8)


def test_a_hold_or_an_original_of_another_wallet_is_a_fault_of_ours() -> None:
    with pytest.raises(InvariantBroken, match="hold is of its wallet"):
        capture(held=replace(HOLD, wallet="other"))
    with pytest.raises(InvariantBroken, match="original is of its wallet"):
        customer_coins.decide_reversal(WALLET, PROGRAM, original("redeem", wallet="other"), NOW)


@pytest.mark.parametrize("coins", [0, -1])
def test_nothing_and_less_than_nothing_is_never_posted(coins: int) -> None:
    for move in (issue, redeem, capture):
        with pytest.raises(InvariantBroken):
            move(coins=coins)
    for kind in ("issue", "redeem"):
        with pytest.raises(InvariantBroken):
            customer_coins.decide_reversal(WALLET, PROGRAM, original(kind), NOW, coins=coins)


# Expire


def test_the_sweep_takes_what_is_past_and_nothing_else() -> None:
    moved = posting(customer_coins.decide_expiry(WALLET, PROGRAM, clock.month_start(202612, ZONE)))
    assert (moved.kind, moved.amount, moved.after.lots) == ("expire", 10, {202701: 20})
    assert moved.legs == (Leg("wallet", -10), Leg("breakage", 10))
    assert refusal(customer_coins.decide_expiry(WALLET, PROGRAM, NOW)).code == "nothing_expired"
