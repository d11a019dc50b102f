"""Campaigns, gifts, pending coins, rewards and files in the simulation: the invariants hold, and planted bugs show."""

from __future__ import annotations

import pytest

from tests.faults.bugs import planted
from tests.faults.loyalty import LOYALTY_BUGS, first_broken_loyalty, loyalty_run

SEEDS = 12
SEEDS_FOR_A_BUG = 80


def test_every_invariant_holds_whatever_goes_wrong() -> None:
    for seed in range(SEEDS):
        assert loyalty_run(seed) == [], f"seed {seed}"


@pytest.mark.parametrize("bug", LOYALTY_BUGS, ids=[bug.name for bug in LOYALTY_BUGS])
def test_a_planted_bug_is_found(bug: object) -> None:
    with planted(bug):  # type: ignore[arg-type]
        assert first_broken_loyalty(SEEDS_FOR_A_BUG) is not None
