"""Properties of the core's parts, each against arithmetic that is done in another way."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from batua import ids
from batua.ledger import lots
from batua.ledger.decisions import allowance
from batua.ledger.earning import EarningRule, Slab, best_earning
from batua.ledger.model import MirPolicy, MonthChange, Refusal, Shard
from batua.money import MAX_MINOR, AmountError, parse, to_minor, to_text, to_wire
from batua.store.codec import decode, encode
from tests.properties.share import share

MONTHS = st.integers(202601, 202612)
LOTS = st.dictionaries(MONTHS, st.integers(1, 8), max_size=6)


def coins(wallet_coins: lots.Lots) -> list[int]:
    """One number for every coin: the month in which it expires."""
    return sorted(Counter(dict(wallet_coins)).elements())


@share("lots")
@given(LOTS, st.integers(0, 60), st.integers(0, 60), MONTHS)
def test_taking_from_lots_is_taking_coins_from_a_sorted_list(
    wallet_coins: lots.Lots, count: int, skip: int, month: int
) -> None:
    purse_of = coins(wallet_coins)
    assert coins(lots.take_fifo(wallet_coins, count)) == purse_of[:count]
    assert coins(lots.take_lifo(wallet_coins, count, skip=skip)) == sorted(purse_of[::-1][skip : skip + count])
    preferred = sorted(purse_of, key=lambda coin: (coin != month, coin))
    assert coins(lots.take_from_month(wallet_coins, month, count)) == sorted(preferred[:count])
    assert coins(lots.subtract_lots(wallet_coins, lots.take_fifo(wallet_coins, count))) == purse_of[count:]


@share("lots")
@given(LOTS, LOTS, st.integers(0, 60), MONTHS)
def test_settling_throws_past_coins_away_and_pays_debt_with_the_rest(
    wallet_coins: lots.Lots, more: lots.Lots, debt: int, month: int
) -> None:
    settled = lots.settle_lots(wallet_coins, debt, more, month)
    everything = sorted(coins(wallet_coins) + coins(more))
    live = [coin for coin in everything if coin >= month]
    assert coins(settled.past) == [coin for coin in everything if coin < month]
    assert coins(settled.lots) == live[debt:]
    assert settled.debt == max(0, debt - len(live))


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["issue", "unissue", "redeem", "redeem", "give back", "grow old"]),
        st.integers(0, 2),
        st.integers(1, 40),
    ),
    max_size=25,
)


@share("months")
@given(st.sampled_from([MirPolicy(), MirPolicy(100, 150), MirPolicy(250, 33)]), st.booleans(), MOVES)
def test_over_all_shards_a_merchant_redeems_what_the_ratio_allows_and_no_coin_less(
    policy: MirPolicy, new: bool, moves: list[tuple[str, int, int]]
) -> None:
    shards = {number: Shard() for number in range(3)}
    issued = redeemed = 0
    for move, shard, count in moves:
        changes: tuple[MonthChange, ...] = ()
        if move == "issue":
            changes, issued = (allowance.issue_change(policy, 1, shard, count),), issued + count
        elif move == "unissue" and shards[shard].issued >= count:
            changes, issued = (allowance.issue_change(policy, 1, shard, -count),), issued - count
        elif move == "give back" and shards[shard].redeemed >= count:
            changes, redeemed = (allowance.redemption_counters(policy, 1, shard, -count),), redeemed - count
        elif move == "grow old":
            new = False
        elif move == "redeem":
            decided = allowance.redemption_change(policy, 1, count, new=new, shard=shard, shards=shards)
            allowed = Fraction(policy.new_ratio if new else policy.ratio, 100) * issued
            assert isinstance(decided, Refusal) is (redeemed + count > allowed)
            if isinstance(decided, Refusal):
                assert decided.figures["left"] == max(0, math.floor(allowed) - redeemed)
                continue
            changes, redeemed = decided, redeemed + count
            assert len({change.shard for change in changes}) == len(changes)
        for change in changes:
            shards[change.shard] = counted(shards[change.shard], change)
        assert sum(shard.issued for shard in shards.values()) == issued
        assert sum(shard.redeemed for shard in shards.values()) == redeemed


def counted(shard: Shard, change: MonthChange) -> Shard:
    """As the table counts it: only where the room is there that the change needs."""
    assert not change.needs or (shard.room_new if change.new_merchant else shard.room) >= change.needs
    return replace(
        shard,
        issued=shard.issued + change.issued,
        redeemed=shard.redeemed + change.redeemed,
        room=shard.room + change.room,
        room_new=shard.room_new + change.room_new,
    )


CAPS = st.one_of(st.none(), st.integers(0, 500))
RULES = st.builds(
    EarningRule,
    id=st.sampled_from(["a", "b", "c"]),
    kind=st.sampled_from(["percentage", "slab", "flat"]),
    basis_points=st.integers(0, 20_000),
    coins=st.integers(0, 300),
    slabs=st.lists(st.builds(Slab, st.integers(0, 100_000), st.integers(0, 300)), max_size=4).map(tuple),
    minimum_bill=st.integers(0, 50_000),
    cap_per_bill=CAPS,
    cap_per_day=CAPS,
    rounding=st.sampled_from(["down", "half_up", "up"]),
)


def worth(rule: EarningRule, bill: int, scale: int, coin_value: int, today: int) -> int:
    """A rule worked out with fractions."""
    if bill < rule.minimum_bill:
        return 0
    given = Fraction(rule.coins)
    if rule.kind == "percentage":
        given = Fraction(bill, coin_value) * Fraction(rule.basis_points, 10_000) * Fraction(10**scale)
    elif rule.kind == "slab":
        bounds = sorted({slab.from_bill for slab in rule.slabs if slab.from_bill <= bill})
        given = Fraction(next((s.coins for s in rule.slabs if bounds and s.from_bill == bounds[-1]), 0))
    whole = {"down": math.floor(given), "half_up": math.floor(given + Fraction(1, 2)), "up": math.ceil(given)}
    caps = [rule.cap_per_bill, None if rule.cap_per_day is None else rule.cap_per_day - today]
    return max(0, min([whole[rule.rounding], *(cap for cap in caps if cap is not None)]))


@share("rules")
@given(
    st.lists(RULES, max_size=5),
    st.integers(0, 10**7),
    st.integers(0, 2),
    st.integers(1, 500),
    st.integers(0, 600),
)
def test_the_best_rule_wins_to_the_last_coin(
    rules: list[EarningRule], bill: int, scale: int, coin_value: int, today: int
) -> None:
    won = best_earning(rules, bill, scale=scale, coin_value=coin_value, earned_today=today)
    values = [worth(rule, bill, scale, coin_value, today) for rule in rules]
    assert (won.coins if won else 0) == max(values, default=0)
    if won:
        assert won.rule is rules[values.index(max(values))]


@share("words")
@given(st.integers(1, MAX_MINOR), st.integers(0, 2))
def test_an_amount_that_goes_out_comes_in_as_the_same(minor: int, scale: int) -> None:
    assert to_minor(parse(to_wire(minor, scale)), scale) == minor
    assert to_minor(parse(to_text(minor, scale)), scale) == minor


@share("words")
@given(st.from_regex(r"\A[0-9]{1,16}(\.[0-9]{1,16})?\Z"), st.integers(0, 2))
@example("100000000000000.0000000000000001", 0)
def test_an_amount_is_taken_exactly_or_not_at_all(text: str, scale: int) -> None:
    exact = Fraction(text) * 10**scale
    try:
        assert to_minor(parse(text), scale) == exact
    except AmountError:
        assert exact.denominator != 1 or not 0 < exact <= MAX_MINOR


@share("words")
@given(st.decimals(allow_nan=True, allow_infinity=True), st.integers(0, 2))
def test_any_decimal_is_taken_exactly_or_refused(value: Decimal, scale: int) -> None:
    try:
        assert to_minor(parse(value), scale) == Fraction(value) * 10**scale
    except AmountError:
        fits = value.is_finite() and (Fraction(value) * 10**scale).denominator == 1
        assert not fits or not 0 < Fraction(value) * 10**scale <= MAX_MINOR


@share("words")
@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_other_parts_never_join_to_the_same_bytes(parts: list[str], others: list[str]) -> None:
    assert (ids.injective(*parts) == ids.injective(*others)) is (parts == others)


VALUES = st.recursive(
    st.one_of(st.text(), st.integers(-(10**37), 10**37), st.booleans(), st.binary()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)),
    max_leaves=12,
)


@share("words")
@given(st.dictionaries(st.text(min_size=1, max_size=8), VALUES, max_size=6))
def test_an_item_comes_back_from_the_wire_as_it_was(item: dict[str, Any]) -> None:
    assert decode(encode(item)) == item
