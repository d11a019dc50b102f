"""Whatever people do with rewards, and whatever goes wrong: coins, stock, codes and limits add up.

Coins: given = available + held by open redemptions + spent on fulfilled ones. Stock and codes: what was there = what
is left + what is with somebody. Every code is in the pool or with one redemption. A customer's counters are its
redemptions.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from unittest import mock

import pytest

from batua.rewards import redemption_writes
from tests.fakes.reward_world import RewardWorld
from tests.fakes.settling import pepper

SEEDS = range(6)
STEPS = 30


@pytest.fixture(scope="module", autouse=True)
def _pepper() -> Iterator[None]:
    with pepper():
        yield


def lived(seed: int) -> RewardWorld:
    there = RewardWorld(random.Random(seed))
    for _ in range(STEPS):
        there.step()
        there.check()
    return there


@pytest.mark.parametrize("seed", SEEDS)
def test_coins_stock_codes_and_limits_add_up_after_every_step(seed: int) -> None:
    lived(seed)


def _live_all() -> None:
    for seed in SEEDS:
        lived(seed)


def test_the_steps_lead_everywhere() -> None:
    """In a handful of lives: which redemption a step meets depends on ids that are made anew each time."""
    missing = {"approved", "fulfilled", "rejected", "cancelled", "expired", "reversed"}
    for seed in range(10 * len(SEEDS)):
        there = RewardWorld(random.Random(seed), share=0.0)
        for _ in range(STEPS):
            there.step()
        missing -= {one.state for one in there.redemptions()}
        if not missing:
            return
    raise AssertionError(f"no life led to {missing}")


def _loses_stock(*given: object) -> list[object]:
    return [each for each in RIGHT(*given) if "STOCK" not in each.write.key.sk]  # type: ignore[arg-type]


RIGHT = redemption_writes.returning_writes


@pytest.mark.parametrize(
    ("name", "where", "wrong"),
    [
        ("what is cancelled does not return to the stock", "batua.rewards.advance.returning_writes", _loses_stock),
        (
            "what expires does not return to the stock",
            "batua.rewards.redemption_ends.returning_writes",
            _loses_stock,
        ),
        ("a shown code returns to the pool", "batua.rewards.redemption_ends.returning_writes", None),
    ],
)
def test_a_planted_bug_is_found(name: str, where: str, wrong: object) -> None:
    def burns_nothing(scope: str, redemption: object) -> object:
        from dataclasses import replace

        return RIGHT(scope, replace(redemption, shown_at=None))  # type: ignore[type-var, arg-type]

    with mock.patch(where, wrong or burns_nothing), pytest.raises(AssertionError):
        _live_all()
