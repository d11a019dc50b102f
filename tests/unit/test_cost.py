"""What a million uses cost: the arithmetic, and the price list."""

from __future__ import annotations

from decimal import Decimal

import pytest

from benchmarks import pricing
from benchmarks.pricing import Assumed, Price, Run, Use

GIVEN = Assumed(1769, {"BatchGetItem": 4, "other": 10}, 300, 200, 500, 3)
ISSUE = Run("IssueCoins", 1024, 1.0, ("dynamodb.BatchGetItem", "sqs.SendMessage"), 2, 8, 700, queued=True)


def test_a_function_is_billed_for_its_share_of_a_core_and_for_waiting_in_begun_milliseconds() -> None:
    assert pricing.billed_milliseconds(ISSUE, GIVEN) == 16  # 1 ms on 0.58 of a core, 4 and 10 of waiting
    assert pricing.billed_milliseconds(Run("f", 1769, 0.2), GIVEN) == 1
    assert pricing.billed_milliseconds(Run("f", 10_240, 5.0), GIVEN) == 5  # never faster than a whole core


def test_what_answers_and_what_runs_behind_it_are_paid_alike() -> None:
    behind = Run("AggregateEntries", 1024, 1.0, ("events.PutEvents",), 0, 4)
    taken = pricing.quantities(Use("issue", 1, (ISSUE,), (behind,), 7, 1000, 2000), GIVEN)
    assert (taken["write_units"], taken["read_units"]) == (12, 2)
    assert (taken["lambda_requests"], taken["http_requests"], taken["edge_requests"]) == (2, 1, 1)
    assert (taken["queue_requests"], taken["bus_events"], taken["state_transitions"]) == (3, 1, 7)
    assert taken["log_gigabytes"] * 1024**3 == pytest.approx(700 + 2 * 300 + 200)
    assert taken["edge_gigabytes_in"] * 1024**3 == pytest.approx(1500)
    assert taken["edge_gigabytes_out"] * 1024**3 == pytest.approx(2500)


def test_a_million_is_priced_without_a_float() -> None:
    listed = {"write_units": Price(Decimal("0.625"), 1_000_000, "", "", True)}
    assert pricing.per_million({"write_units": 8}, listed) == {"write_units": Decimal("5.000")}


@pytest.mark.parametrize("region", pricing.regions())
def test_every_quantity_has_a_price_with_its_source_and_day_in_every_region(region: str) -> None:
    listed = pricing.prices(region)
    assert set(listed) == {name for names in pricing.COLUMNS.values() for name in names}
    assert set(pricing.quantities(Use("nothing", 0, ()), GIVEN)) <= set(listed)
    for price in listed.values():
        assert price.usd > 0
        assert price.source
        assert price.seen >= "2026-11-21"


def test_a_row_ends_with_the_sum_of_its_columns() -> None:
    listed = {name: Price(Decimal(1), 1_000_000, "", "", True) for name in pricing.prices("us-east-1")}
    row = pricing.row(Use("read", 1, (Run("Read", 1024, 0.0, (), 2),)), listed, GIVEN)
    assert row[0] == "read"
    assert row[1] == "2.00"
    assert Decimal(row[-1]) == pytest.approx(
        sum(Decimal(cell) for cell in row[1:-1] if cell != "-"), abs=Decimal("0.05")
    )
