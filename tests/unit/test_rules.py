"""Earning rules."""

from __future__ import annotations

from typing import Any

import pytest

from batua.ledger.earning import EarningRule, Rounding, Slab, best_earning, divide


def coins(*rules: EarningRule, bill: int, scale: int = 0, coin_value: int = 100, earned_today: int = 0) -> Any:
    won = best_earning(rules, bill, scale=scale, coin_value=coin_value, earned_today=earned_today)
    return (won.coins, won.rule.id) if won else None


FIVE = EarningRule("five", "percentage", basis_points=500)


@pytest.mark.parametrize(
    ("rounding", "whole", "half", "above"), [("down", 2, 2, 2), ("half_up", 2, 3, 3), ("up", 2, 3, 3)]
)
def test_division_is_rounded_as_named(rounding: Rounding, whole: int, half: int, above: int) -> None:
    assert [divide(n, 10, rounding) for n in (20, 25, 29)] == [whole, half, above]


def test_just_above_a_whole_only_up_rounds_up() -> None:
    assert [divide(21, 10, rounding) for rounding in ("down", "half_up", "up")] == [2, 2, 3]  # type: ignore[arg-type]
    assert divide(24, 10, "half_up") == 2


@pytest.mark.parametrize(("rounding", "given"), [("down", 24), ("half_up", 25), ("up", 25)])
def test_a_percentage_of_the_bill_is_rounded_once(rounding: Rounding, given: int) -> None:
    assert coins(EarningRule("r", "percentage", basis_points=500, rounding=rounding), bill=49_950) == (given, "r")


def test_a_percentage_knows_the_scale_and_the_value_of_a_coin() -> None:
    assert coins(FIVE, bill=49_950, scale=2) == (2497, "five")
    assert coins(FIVE, bill=100_000, coin_value=25) == (200, "five")


def test_a_bill_below_the_minimum_earns_nothing_and_the_minimum_itself_earns() -> None:
    rule = EarningRule("r", "flat", coins=5, minimum_bill=10_000)
    assert coins(rule, bill=9_999) is None
    assert coins(rule, bill=10_000) == (5, "r")


def test_the_highest_slab_that_is_reached_counts_in_whatever_order_they_stand() -> None:
    rule = EarningRule("r", "slab", slabs=(Slab(100_000, 50), Slab(50_000, 20), Slab(0, 1)))
    assert [coins(rule, bill=bill) for bill in (0, 49_999, 50_000, 99_999, 100_000)] == [
        (1, "r"),
        (1, "r"),
        (20, "r"),
        (20, "r"),
        (50, "r"),
    ]
    assert coins(EarningRule("r", "slab", slabs=(Slab(100, 5),)), bill=99) is None


def test_a_cap_per_bill_and_a_cap_per_day_are_kept() -> None:
    rule = EarningRule("r", "percentage", basis_points=1000, cap_per_bill=30, cap_per_day=50)
    assert coins(rule, bill=100_000) == (30, "r")
    assert coins(rule, bill=100_000, earned_today=30) == (20, "r")
    assert coins(rule, bill=100_000, earned_today=50) is None
    assert coins(rule, bill=100_000, earned_today=70) is None
    assert coins(EarningRule("r", "flat", coins=5, cap_per_bill=0), bill=100) is None


def test_the_rule_that_gives_most_after_its_caps_wins() -> None:
    capped = EarningRule("capped", "percentage", basis_points=5000, cap_per_bill=3)
    assert coins(capped, FIVE, bill=10_000) == (5, "five")


def test_of_two_rules_that_give_the_same_the_earlier_one_wins() -> None:
    one, other = EarningRule("one", "flat", coins=5), EarningRule("other", "flat", coins=5)
    assert coins(one, other, bill=100) == (5, "one")
    assert coins(other, one, bill=100) == (5, "other")


def test_no_rules_and_rules_that_give_nothing_earn_nothing() -> None:
    assert coins(bill=100) is None
    assert coins(FIVE, bill=100) is None


def counted(rule: EarningRule, bill: int = 100_000, earned_today: int = 0) -> str | None:
    won = best_earning([rule], bill, scale=0, coin_value=100, earned_today=earned_today)
    return won.how if won else None


def test_the_way_it_was_counted_is_told() -> None:
    assert counted(EarningRule("r", "percentage", basis_points=250)) == "2.50% of the bill"
    assert counted(EarningRule("r", "slab", slabs=(Slab(0, 1), Slab(50_000, 20)))) == "slab from 500"
    assert counted(EarningRule("r", "flat", coins=20)) == "flat"


def test_a_cap_is_told_where_it_took_something_and_only_there() -> None:
    rule = EarningRule("r", "percentage", basis_points=250, cap_per_bill=1)
    assert counted(rule) == "2.50% of the bill, capped per bill"
    assert counted(EarningRule("r", "flat", coins=20, cap_per_bill=20, cap_per_day=20)) == "flat"
    assert counted(EarningRule("r", "flat", coins=20, cap_per_day=25), earned_today=6) == "flat, capped per day"
    assert counted(EarningRule("r", "flat", coins=20, cap_per_day=25), earned_today=5) == "flat"


def test_a_rule_that_says_no_more_gives_nothing_and_rounds_down() -> None:
    assert EarningRule("r", "flat") == EarningRule("r", "flat", 1, "", 0, 0, (), 0, None, None, "down")
