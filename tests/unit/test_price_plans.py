"""Price plans: periods, prorated fees and tiers, each against a calculation by hand."""

from __future__ import annotations

import pytest

from batua.billing.lines import add_totals, tax_line
from batua.billing.plans import (
    MeterPrice,
    Phase,
    PlanPeriod,
    PricePlan,
    Tier,
    month_days,
    month_periods,
    phases_with,
    plan_record,
    read_plan,
    tier_parts,
    usage_items,
)
from batua.billing.supply import Supply

ISSUES = MeterPrice("issue", "graduated", 1, (Tier(1000, 0), Tier(5000, 50), Tier(None, 25)))
MESSAGES = MeterPrice("message", "volume", 1000, (Tier(10_000, 20_000), Tier(None, 15_000)))
GROWTH = PricePlan("plan_x", "Growth", 1_500_00, (ISSUES, MESSAGES), 18_00, "998314")
IGST = Supply("33", "", "igst", "B2B")


def test_a_month_is_split_where_the_plan_changes() -> None:
    phases = [Phase("a", 2026_01_15, 2026_11_09), Phase("b", 2026_11_10, 2026_11_20), Phase("c", 2026_12_01)]
    assert month_periods(phases, 202611) == [PlanPeriod("a", 20261101, 20261109), PlanPeriod("b", 20261110, 20261120)]
    assert [period.days for period in month_periods(phases, 202602)] == [28]
    assert month_periods(phases, 202512) == []
    assert month_periods(phases, 202712) == [PlanPeriod("c", 20271201, 20271231)]


@pytest.mark.parametrize(("month", "days"), [(202602, 28), (202802, 29), (202611, 30), (202612, 31)])
def test_a_month_has_its_days(month: int, days: int) -> None:
    assert month_days(month) == days


def test_a_change_of_plan_ends_the_one_before_and_drops_what_was_planned() -> None:
    first = phases_with((), "a", 2026_11_10)
    assert first == (Phase("a", 20261110),)
    second = phases_with((*first,), "b", 2026_12_01)
    assert second == (Phase("a", 20261110, 20261130), Phase("b", 20261201))
    assert phases_with(second, "c", 2026_11_20) == (Phase("a", 20261110, 20261119), Phase("c", 20261120))
    assert phases_with(second, None, 2026_11_10) == ()
    assert phases_with(second, "a", 2026_11_10) == (Phase("a", 20261110),)


@pytest.mark.parametrize(
    ("count", "parts"),
    [
        (0, []),
        (1000, []),
        (1001, [(1001, 1001, 50)]),
        (5000, [(1001, 5000, 50)]),
        (7000, [(1001, 5000, 50), (5001, 7000, 25)]),
    ],
)
def test_graduated_tiers_price_each_unit_by_its_own_tier(count: int, parts: list[tuple[int, int, int]]) -> None:
    assert list(tier_parts(ISSUES, count)) == parts


@pytest.mark.parametrize(("count", "price"), [(10_000, 20_000), (10_001, 15_000)])
def test_volume_tiers_price_all_units_by_the_last(count: int, price: int) -> None:
    assert list(tier_parts(MESSAGES, count)) == [(1, count, price)]


def test_an_invoice_of_21_of_30_days_comes_to_what_it_does_by_hand() -> None:
    items = usage_items(GROWTH, PlanPeriod("plan_x", 2026_11_10, 2026_11_30), {"issue": 7000, "message": 2_345})
    lines = [tax_line(item, IGST) for item in items]
    # 1,500.00 x 21 / 30 = 1,050.00; 4,000 x 0.50 = 2,000.00; 2,000 x 0.25 = 500.00; 2.345 x 200.00 = 469.00.
    assert [line.taxable for line in lines] == [105_000, 200_000, 50_000, 46_900]
    # 18 % of 4,019.00 = 723.42.
    assert add_totals(lines, IGST).payable == 401_900 + 72_342
    assert [line.item.description for line in lines] == [
        "Growth, 10 to 30 November 2026, 21 of 30 days",
        "Issues 1,001 to 5,000, 10 to 30 November 2026",
        "Issues 5,001 to 7,000, 10 to 30 November 2026",
        "Messages 1 to 2,345, 10 to 30 November 2026, per 1,000",
    ]


def test_the_parts_of_a_fee_come_to_the_whole_within_a_paisa_each() -> None:
    odd = PricePlan("plan_x", "Odd", 100_01, (), 18_00, "998314")
    for last in range(1, 31):
        halves = [PlanPeriod("x", 2026_11_01, 2026_11_00 + last), PlanPeriod("x", 2026_11_01 + last, 2026_11_30)]
        fees = [item.unit_price for each in halves if each.days > 0 for item in usage_items(odd, each, {})]
        assert abs(sum(fees) - 100_01) <= 1


def test_a_plan_is_read_as_it_was_stored() -> None:
    assert read_plan({"sk": "plan_x", **plan_record(GROWTH)}) == GROWTH
