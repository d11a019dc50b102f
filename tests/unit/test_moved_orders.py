"""Refunds, cancellations and edits of an order whose coins staff have moved to another customer meanwhile."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from batua.integrations.model import ConnectionDelivery
from batua.ledger.posting.recall import follow_merges
from tests.fakes.moving import merge, reassign
from tests.fakes.settling import PHONE, SCOPE, World, pepper, world
from tests.fakes.shops import ShopifyShop

RIGHT, THIRD = "+919876500000", "+919876500001"


@pytest.fixture(scope="module", autouse=True)
def _pepper() -> Iterator[None]:
    with pepper():
        yield


def delivered(there: World, order: ShopifyShop) -> list[ConnectionDelivery]:
    """Puts what the order has told before the consumer; what was told before changes nothing."""
    connection = there.connections.get("shopify") or there.connect("shopify")
    return there.deliver_all(connection, order.webhooks)


def paid(there: World, *prices: int) -> ShopifyShop:
    order = ShopifyShop(PHONE).place(*(prices or (100_000,))).pay()
    delivered(there, order)
    return order


def balances(there: World, *phones: str) -> list[int]:
    return [there.balance(phone) for phone in phones or (PHONE, RIGHT)]


@pytest.mark.parametrize("move", [reassign, merge])
def test_a_refund_takes_the_coins_where_they_were_moved(move: Any) -> None:
    there = world()
    order = paid(there, 60_000, 40_000)
    move(there, PHONE, RIGHT)
    assert balances(there) == [0, 50]
    delivered(there, order.refund(1))
    assert balances(there) == [0, 30]
    delivered(there, order.cancel())
    assert balances(there) == [0, 0]
    assert there.findings() == []


@pytest.mark.parametrize("move", [reassign, merge])
def test_what_is_added_to_the_order_goes_to_whom_its_coins_were_moved(move: Any) -> None:
    there = world()
    order = paid(there)
    move(there, PHONE, RIGHT)
    delivered(there, order.add(40_000).settle_up())
    assert balances(there) == [0, 70]
    delivered(there, order.cancel())
    assert balances(there) == [0, 0]
    assert there.findings() == []


@pytest.mark.parametrize("move", [reassign, merge])
def test_coins_that_were_spent_after_the_move_are_a_shortfall(move: Any) -> None:
    there = world()
    order = paid(there)
    move(there, PHONE, RIGHT)
    there.spend(15, RIGHT)
    told = delivered(there, order.cancel())
    assert balances(there) == [0, 0]
    assert [line["shortfall"] for each in told for line in each.posted if "shortfall" in line] == [15]
    assert there.findings() == []


def test_coins_that_were_spent_under_the_wrong_number_are_not_given_to_the_right_one() -> None:
    there = world()
    order = paid(there, 60_000, 40_000)
    there.spend(20)
    reassign(there, PHONE, RIGHT)
    assert balances(there) == [0, 30]
    delivered(there, order.refund(1))
    assert balances(there) == [0, 30]  # 30 of the 50 are deserved, and 30 are there
    delivered(there, order.refund(0))
    assert balances(there) == [0, 0]
    assert there.findings() == []


def test_coins_that_the_customer_had_otherwise_stay() -> None:
    there = world()
    order = paid(there)
    merge(there, PHONE, RIGHT)
    other = ShopifyShop(RIGHT, id=5_300_000_000_002).place(40_000).pay()
    delivered(there, other)
    assert balances(there) == [0, 70]
    delivered(there, order.cancel())
    assert balances(there) == [0, 20]
    assert there.findings() == []


def test_moves_in_a_row_are_followed() -> None:
    there = world()
    order = paid(there)
    reassign(there, PHONE, RIGHT)
    merge(there, RIGHT, THIRD)
    delivered(there, order.cancel())
    assert balances(there, PHONE, RIGHT, THIRD) == [0, 0, 0]
    assert there.findings() == []


def test_a_merge_that_was_undone_is_not_followed() -> None:
    there = world()
    order = paid(there)
    merge(there, PHONE, RIGHT)
    merge(there, RIGHT, PHONE)
    delivered(there, order.add(20_000).settle_up())
    assert balances(there) == [60, 0]
    delivered(there, order.cancel())
    assert balances(there) == [0, 0]
    assert there.findings() == []


def test_an_order_after_the_merge_stays_where_it_was_rewarded() -> None:
    there = world()
    paid(there)
    merge(there, PHONE, RIGHT)
    later = ShopifyShop(PHONE, id=5_300_000_000_003).place(20_000).pay()
    delivered(there, later)
    assert balances(there) == [10, 50]
    delivered(there, later.cancel())
    assert balances(there) == [0, 50]
    issue = next(entry for entry in there.entries() if entry.kind == "issue" and entry.amount == 10)
    assert follow_merges(there.store, SCOPE, issue) == []


EVENTS = ("refund", "add", "move")


@pytest.mark.parametrize("kind", ["reassign", "merge"])
@pytest.mark.parametrize("acts", list(itertools.permutations(EVENTS)), ids="-".join)
def test_every_order_of_a_move_and_the_orders_changes_ends_in_the_same_coins(kind: str, acts: tuple[str, ...]) -> None:
    """The move comes before, between and after the deliveries, and after each of them all are delivered again."""
    there, move = world(), {"reassign": reassign, "merge": merge}[kind]
    order = paid(there, 60_000, 40_000)
    for act in acts:
        if act == "move":
            move(there, PHONE, RIGHT)
        else:
            order.refund(1) if act == "refund" else order.add(20_000).settle_up()
            delivered(there, order)
        delivered(there, order)
    assert sum(balances(there)) == order.deserves
    assert there.balance(RIGHT) == order.deserves
    assert there.findings() == []
