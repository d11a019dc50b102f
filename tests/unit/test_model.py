"""The words of the ledger: what they say where nothing is said, and the invariants of a posting."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from batua.ledger.lots import PendingLot
from batua.ledger.model import (
    Hold,
    InvariantBroken,
    Leg,
    MirPolicy,
    MonthChange,
    Original,
    Posting,
    Program,
    Shard,
    Wallet,
)

BEFORE = Wallet("wal", "cust", {202611: 10}, seq=3, last_at=5)
AFTER = replace(BEFORE, lots={202611: 7}, seq=4)
LEGS = (Leg("wallet", -3), Leg("redeemed", 3))
REDEEMED = Posting("redeem", "prg", 3, BEFORE, AFTER, LEGS, 5, {202611: -3})
HOLD = Hold("hold", "other", 3, {}, "open", 9, "ten")
ORIGINAL = Original("txn", "issue", "other", 10, {}, 202611, 0, "ten")


def legs(**amounts: int) -> tuple[Leg, ...]:
    return tuple(Leg(account, amount) for account, amount in amounts.items())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("invariant", "broken"),
    [
        ("legs add up to zero", {"legs": legs(wallet=-3, redeemed=4)}),
        ("the wallet changes as its leg says", {"after": replace(AFTER, lots={202611: 8})}),
        ("what is held changes as its leg says", {"after": replace(AFTER, held=1)}),
        ("a posting takes the next number of its wallet", {"after": replace(AFTER, seq=5)}),
        ("time does not run backwards", {"after": replace(AFTER, last_at=4)}),
        ("lots and holds stay above zero", {"after": replace(AFTER, lots={202611: 8, 202701: -1})}),
        ("lots and holds stay above zero", {"after": replace(AFTER, lots={202611: 7, 202701: 0})}),
        (
            "lots and holds stay above zero",
            {"after": replace(AFTER, held=-1), "legs": legs(wallet=-3, held=-1, redeemed=4)},
        ),
        ("debt stays above zero, and beside no lots", {"after": replace(AFTER, lots={202611: 8}, debt=1)}),
        ("debt stays above zero, and beside no lots", {"after": replace(AFTER, lots={}, debt=-7)}),
        ("the remainder changes as the posting says", {"carried": 1}),
        ("what is pending is a part of its lot", {"after": replace(AFTER, pending={PendingLot(20261201, 202611): 8})}),
        ("something moves, or a shortfall or a remainder is recorded", {"amount": 0}),
        ("something moves, or a shortfall or a remainder is recorded", {"amount": -1, "shortfall": 5}),
        ("a hold is of its wallet", {"hold": HOLD}),
        ("an original is of its wallet", {"original": ORIGINAL}),
    ],
)
def test_a_posting_that_breaks_an_invariant_cannot_be_made(invariant: str, broken: dict[str, Any]) -> None:
    with pytest.raises(InvariantBroken) as fault:
        replace(REDEEMED, **broken)
    assert str(fault.value) == invariant


def test_every_invariant_that_is_broken_is_named() -> None:
    with pytest.raises(InvariantBroken) as fault:
        replace(REDEEMED, amount=0, hold=HOLD)
    assert str(fault.value) == "something moves, or a shortfall or a remainder is recorded, a hold is of its wallet"


@pytest.mark.parametrize(
    "lawful",
    [
        {"after": replace(AFTER, lots={202611: 6, 202701: 1})},
        {"after": replace(AFTER, lots={202611: 6}, held=1), "legs": legs(wallet=-4, held=1, redeemed=3)},
        {"after": replace(AFTER, lots={}, debt=1), "legs": legs(wallet=-11, redeemed=11)},
        {"after": replace(BEFORE, seq=4), "legs": (), "amount": 0, "shortfall": 1},
        {"after": replace(BEFORE, seq=4, carried=-1), "legs": (), "amount": 0, "carried": -1},
        {"after": replace(AFTER, pending={PendingLot(20261201, 202611): 7})},
        {"hold": replace(HOLD, wallet="wal"), "original": replace(ORIGINAL, wallet="wal")},
    ],
)
def test_the_smallest_that_is_lawful_can_be_posted(lawful: dict[str, Any]) -> None:
    assert replace(REDEEMED, **lawful).before == BEFORE


def test_what_a_posting_does_not_say_is_nothing() -> None:
    assert (
        replace(REDEEMED, spent={}, expired={}, months=(), hold=None, original=None, rule=None, bill=None, shortfall=0)
        == REDEEMED
    )
    assert replace(ORIGINAL, reversed=0, reversed_before=0, day=0, spends={}, carried=0, funded=0) == ORIGINAL


def test_a_program_that_says_no_more_keeps_whole_rupees_for_a_year_and_takes_no_money() -> None:
    program = Program("prg", "ten", "Stars", "network", "Asia/Kolkata")
    changed = replace(
        program,
        scale=0,
        coin_value=100,
        expiry_months=12,
        mir=None,
        rules=(),
        reversal="cap",
        funding="none",
        singular="coin",
        plural="coins",
        currency="INR",
        created_at=0,
    )
    assert program == changed
    assert program.asset == "prg"
    assert MirPolicy() == MirPolicy(ratio=300, new_ratio=500, new_days=30)


def test_coins_are_worth_whole_paise_rounded_down() -> None:
    program = Program("prg", "ten", "Stars", "network", "UTC", coin_value=25)
    assert program.value_of(3) == 75
    assert replace(program, scale=1).value_of(3) == 7
    assert replace(program, scale=2).value_of(399) == 99


def test_a_new_wallet_is_empty_and_active() -> None:
    wallet = Wallet("wal", "cust")
    assert wallet == Wallet("wal", "cust", {}, 0, 0, 0, "active", b"", 0, 0, 0, {})
    assert (wallet.available, wallet.balance) == (0, 0)


def test_holds_and_originals_begin_with_nothing_taken_and_nothing_undone() -> None:
    assert HOLD.captured == 0
    assert replace(ORIGINAL, reversed=0, reversed_before=0, day=0, spends={}) == ORIGINAL


def test_a_month_counts_what_was_issued_or_redeemed_and_not_the_room_that_only_moves() -> None:
    assert MonthChange(202611, 0, issued=5, room=1500).counted == 5
    assert MonthChange(202611, 0, redeemed=-5, room=500).counted == -5
    assert MonthChange(202611, 0, room=500, room_new=500).counted == 0
    assert MonthChange(202611, 0) == MonthChange(202611, 0, 0, 0, 0, 0, 0, False)
    assert Shard() == Shard(0, 0, 0, 0, raised=0, initialized=True, open=True, epoch=0, shard_count=1)
