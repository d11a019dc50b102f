"""Segments by recency, frequency and value, cohorts, and what a survey counts of entries."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest

from batua.rewards.customer_survey import CustomerChange, apply_changes, page_bytes, read_page
from batua.rewards.segments import (
    SEGMENTS,
    Scale,
    SurveyedCustomer,
    cohorts_of,
    days_between,
    kept,
    scales_of,
    segment_figures,
    segment_of,
)

TODAY = 20271128


def customer(last: int, bills: int = 1, coins: int = 10, first: int = 202701, **more: Any) -> SurveyedCustomer:
    month = last // 100
    return SurveyedCustomer(first, last, {month: bills}, {month: coins}, **more)


def test_a_scale_has_four_bounds_and_equal_figures_score_the_same() -> None:
    scale = Scale.of(range(1, 101))
    assert scale.bounds == (20, 40, 60, 80)
    assert [scale.score(figure) for figure in (1, 20, 21, 60, 61, 81, 1000)] == [1, 1, 2, 3, 4, 5, 5]
    same = Scale.of([1] * 60 + [2] * 30 + [9] * 10)
    assert [same.score(figure) for figure in (1, 2, 9)] == [1, 4, 5]
    assert Scale.of([]).score(7) == 1
    assert Scale.of([3]).score(3) == 1


def test_each_segment_is_reached() -> None:
    """Hundred customers whose days, bills and coins are spread evenly and apart from one another."""
    chance = random.Random(7)
    crowd = []
    for number in range(100):
        day = dt.date(2027, 11, 28) - dt.timedelta(days=3 * number)
        bills = chance.randrange(1, 30)
        crowd.append(customer(int(day.strftime("%Y%m%d")), bills, bills * 11))
    crowd.append(customer(20260110, 50, 900, first=202601))
    crowd.append(customer(20271120, 1, 5, first=202711))
    scales = scales_of(crowd, TODAY)
    found = {segment_of(each, scales) for each in crowd}
    assert found == set(SEGMENTS)
    figures = segment_figures(crowd, scales)
    assert [one.segment for one in figures] == list(SEGMENTS)
    assert sum(one.customers for one in figures) == len(crowd)
    assert sum(one.bills for one in figures) == sum(each.bills_since(202612) for each in crowd)


@pytest.mark.parametrize(
    ("who", "segment"),
    [
        (customer(20271127, bills=20, coins=900), "champions"),
        (customer(20271127, bills=2, coins=20, first=202710), "new"),
        (customer(20271127, bills=1, coins=1), "promising"),
        (customer(20270601, bills=20, coins=900), "at_risk"),
        (customer(20270101, bills=1, coins=1), "lost"),
        (customer(20261130, bills=90, coins=9000), "lost"),
    ],
)
def test_a_customer_is_where_one_would_look_for_them(who: SurveyedCustomer, segment: str) -> None:
    others = [customer(20271100 + day, day, day * 10) for day in range(1, 21)]
    scales = scales_of([*others, customer(20270601, 20, 900), customer(20270101), customer(20270201)], TODAY)
    assert segment_of(who, scales) == segment


def test_nobody_who_came_within_a_month_is_said_to_be_leaving() -> None:
    shop = [customer(20271100 + day, day, day) for day in range(1, 29)]
    scales = scales_of(shop, TODAY)
    assert not {segment_of(each, scales) for each in shop} & {"at_risk", "hibernating", "lost"}


def test_cohorts_count_who_came_again_by_month() -> None:
    shop = [
        SurveyedCustomer(202709, 20271102, {202709: 1, 202711: 2}, {202709: 10, 202711: 30}),
        SurveyedCustomer(202709, 20270903, {202709: 4}, {202709: 5}),
        SurveyedCustomer(202711, 20271103, {202711: 1}, {202711: 7}),
        SurveyedCustomer(202509, 20271103, {202711: 1}, {202711: 7}),
    ]
    found = {one.month: one for one in cohorts_of(shop, 202711)}
    assert list(found) == [202611, 202612, *range(202701, 202712)]
    assert (found[202709].customers, found[202709].active, found[202709].coins) == (2, (2, 0, 1), (15, 0, 30))
    assert (found[202711].customers, found[202711].active) == (1, (1,))
    assert (found[202710].customers, found[202710].active) == (0, (0, 0))


def test_days_are_those_of_the_calendar() -> None:
    chance = random.Random(3)
    for _ in range(500):
        first = dt.date(2000, 1, 1) + dt.timedelta(days=chance.randrange(40_000))
        later = first + dt.timedelta(days=chance.randrange(2_000))
        numbers = [int(day.strftime("%Y%m%d")) for day in (first, later)]
        assert days_between(*numbers) == (later - first).days
    assert days_between(20271128, 20271127) == 0


def test_a_bill_that_was_taken_back_was_none() -> None:
    one = SurveyedCustomer()
    apply_changes(one, [CustomerChange(1, 1, "a", 20270105), CustomerChange(2, 2, "b", 20270105, undone="a")])
    assert (one.bills, one.first, one.last) == ({}, 0, 0)
    apply_changes(one, [CustomerChange(3, 3, "c", 20270207), CustomerChange(4, 4, "d", 20270301)])
    assert (one.bills, one.first, one.last) == ({202702: 1, 202703: 1}, 202702, 20270301)
    # In a later run: the bill counts no more, and a first one that was taken back is still to come.
    apply_changes(one, [CustomerChange(5, 5, "e", 20270301, undone="d")])
    assert (kept(one.bills, 202704), one.first) == ({202702: 1}, 202702)
    apply_changes(one, [CustomerChange(6, 6, "f", 20270207, undone="c")])
    assert (kept(one.bills, 202704), one.first, one.last) == ({}, 0, 0)
    apply_changes(one, [CustomerChange(7, 7, "g"), CustomerChange(8, 8, "h", 20270501)])
    assert (kept(one.bills, 202705), one.first) == ({202705: 1}, 202705)


def test_a_page_comes_back_as_it_was_written() -> None:
    page = {
        "cust_21CBYXTED3WGH5X3H3JBPET8VZ": SurveyedCustomer(
            202701, 20271103, {202711: 2}, {202711: 30}, {202811: 9}, 4
        ),
        "cust_31CBYXTED3WGH5X3H3JBPET8VZ": SurveyedCustomer(),
    }
    assert read_page({"rows": page_bytes(page)}) == page
    assert page["cust_21CBYXTED3WGH5X3H3JBPET8VZ"].holds(202811) == 13
    assert page["cust_21CBYXTED3WGH5X3H3JBPET8VZ"].holds(202812) == 4
    assert read_page(None) == {}
