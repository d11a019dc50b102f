"""What WooCommerce itself sends of three orders, recorded from its releases (`tests/vendors/woocommerce/README.md`)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.settling import pepper, world
from tests.fakes.shops import ShopWebhook

RECORDED = sorted((Path(__file__).resolve().parents[1] / "vendors/woocommerce").glob("*.json"))

COINS = {
    "placed": 0,
    "paid": 59,  # 5 percent of two teas and a mix: 1,000 and 180 of tax; 50 of shipping and its tax do not earn
    "line refunded": 35,  # 708 of 1,180
    "shipping refunded": 35,
    "refunded": 0,
    "cod placed": 0,
    "cod completed": 43,  # 800 less a tenth, and a fee of 20, with tax: 873.20
    "cod deleted": 0,
    "cod restored": 43,
    "third paid": 60,  # 17 more, of 354
    "third cancelled": 43,
}


@pytest.fixture(scope="module", autouse=True)
def _pepper() -> Iterator[None]:
    with pepper():
        yield


def test_there_are_recordings_of_both_stores_and_of_many_releases() -> None:
    told = [each.stem.rpartition("-") for each in RECORDED]
    assert {store for _, _, store in told} == {"posts", "hpos"}
    assert len({release for release, _, _ in told}) >= 6


@pytest.mark.parametrize("path", RECORDED, ids=[each.stem for each in RECORDED])
def test_orders_of_a_release_earn_and_give_back_step_by_step(path: Path) -> None:
    recorded: dict[str, Any] = json.loads(path.read_text())
    there = world()
    connection = there.connect("woocommerce")
    for number, (name, topic, content) in enumerate(recorded["webhooks"]):
        there.deliver(connection, ShopWebhook(topic, f"d-{number}", content))
        assert there.balance() == COINS[name], name
    assert [name for name, _, _ in recorded["webhooks"]] == list(COINS)
    assert there.findings() == []


@pytest.mark.parametrize("path", RECORDED, ids=[each.stem for each in RECORDED])
def test_orders_of_a_release_end_the_same_when_they_come_backwards_and_twice(path: Path) -> None:
    recorded = json.loads(path.read_text())
    webhooks = [ShopWebhook(topic, f"d-{n}", content) for n, (_, topic, content) in enumerate(recorded["webhooks"])]
    there = world()
    there.deliver_all(there.connect("woocommerce"), [*webhooks[::-1], *webhooks])
    assert there.balance() == COINS["third cancelled"]
    assert there.findings() == []
