"""Every situation of docs/guides/orders.md ends with the coins that a merchant expects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.fakes.settling import pepper, world
from tests.situations import Situation
from tests.situations.table import GROUPS, GUIDE, guide

ALL = [(group, each) for group, situations in GROUPS.items() for each in situations]


@pytest.fixture(scope="module", autouse=True)
def _pepper() -> Iterator[None]:
    with pepper():
        yield


@pytest.mark.parametrize("situation", [each for _, each in ALL], ids=[f"{group}: {each.name}" for group, each in ALL])
def test_a_situation_ends_with_the_coins_that_a_merchant_expects(situation: Situation) -> None:
    there = world()
    situation.play(there)
    assert there.balance() == situation.coins
    assert there.findings() == []


def test_the_guide_shows_every_situation_as_it_is_tested() -> None:
    assert len(ALL) >= 80
    assert [name for name, times in Counter(each.name for _, each in ALL).items() if times > 1] == []
    assert all(each.source for _, each in ALL)
    assert GUIDE.read_text() == guide(), "run `make docs`"
