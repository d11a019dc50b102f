"""Marketplace orders in the simulation: the invariants hold for every seed, and each planted bug violates one."""

from __future__ import annotations

import pytest

from batua import clock
from tests.faults.bugs import planted
from tests.faults.market import MARKET_BUGS, MarketRun, first_broken, market_run, pepper

SEEDS = 25
SEEDS_FOR_A_BUG = 150


@pytest.mark.parametrize("vendor", ["runa", "woohoo"])
def test_an_order_is_paid_for_as_it_is_delivered_whatever_goes_wrong(vendor: str) -> None:
    for seed in range(SEEDS):
        assert market_run(seed, vendor) == [], f"seed {seed}"  # type: ignore[arg-type]


@pytest.mark.parametrize("bug", MARKET_BUGS, ids=[bug.name for bug in MARKET_BUGS])
def test_a_planted_bug_is_found(bug: object) -> None:
    with planted(bug):  # type: ignore[arg-type]
        assert first_broken(("runa", "woohoo"), SEEDS_FOR_A_BUG) is not None


def test_an_order_that_is_delivered_in_a_month_without_issues_keeps_its_coins_held_until_there_is_room() -> None:
    """The merchant's ratio is of what it issues in the month in which coins are taken."""
    with pepper():
        run = MarketRun(16, "woohoo", now=clock.parse_iso("2026-11-30T13:00:00Z"))
        run.play()
        order = run._stored()
        assert (order.step, order.delivered, order.captured) == ("delivered", 1, 0)
        assert run.there.balance() == 50 - order.points  # held, neither taken nor given back
        assert run.there.findings() == []
