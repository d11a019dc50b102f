"""Coins by the month in which they expire."""

from __future__ import annotations

import pytest

from batua.clock import NO_EXPIRY
from batua.ledger import lots

PURSE = {202611: 5, 202612: 3, 202701: 10}


def test_coins_live_to_the_end_of_the_month_so_many_months_later() -> None:
    assert lots.expiry_month(202611, 12) == 202711
    assert lots.expiry_month(202611, 0) == 202611
    assert lots.expiry_month(202611, None) == NO_EXPIRY


def test_a_lot_is_past_when_its_month_is_over() -> None:
    assert lots.expired_lots(PURSE, 202611) == {}
    assert lots.expired_lots(PURSE, 202612) == {202611: 5}


def test_coins_that_expire_earliest_go_first() -> None:
    assert lots.take_fifo(PURSE, 7) == {202611: 5, 202612: 2}
    assert lots.take_fifo({202701: 1, 202611: 1}, 1) == {202611: 1}


def test_coins_that_were_spent_last_come_back_first_and_each_of_them_once() -> None:
    assert lots.take_lifo(PURSE, 11) == {202701: 10, 202612: 1}
    assert lots.take_lifo(PURSE, 4, skip=11) == {202612: 2, 202611: 2}
    assert lots.add_lots(lots.take_lifo(PURSE, 11), lots.take_lifo(PURSE, 7, skip=11)) == PURSE


def test_one_month_is_preferred_as_far_as_it_goes() -> None:
    assert lots.take_from_month(PURSE, 202612, 5) == {202612: 3, 202611: 2}
    assert lots.take_from_month(PURSE, 209901, 5) == {202611: 5}


def test_no_more_is_taken_than_is_there() -> None:
    assert lots.take_fifo(PURSE, 100) == PURSE
    assert lots.take_fifo({}, 5) == {}
    assert lots.take_fifo(PURSE, 0) == {}


def test_empty_lots_leave_the_map() -> None:
    assert lots.subtract_lots(PURSE, {202611: 5}) == {202612: 3, 202701: 10}


@pytest.mark.parametrize(
    ("debt", "given", "month", "left", "owed", "past"),
    [
        (0, {202712: 4}, 202611, {**PURSE, 202712: 4}, 0, {}),
        (0, {202611: -5}, 202612, {202612: 3, 202701: 10}, 0, {}),
        (0, {202601: 7}, 202611, PURSE, 0, {202601: 7}),
        (6, {}, 202611, {202612: 2, 202701: 10}, 0, {}),
        (20, {}, 202611, {}, 2, {}),
        (20, {202601: 50}, 202701, {}, 10, {202601: 50, 202611: 5, 202612: 3}),
    ],
)
def test_what_is_past_leaves_first_and_then_debt_is_paid(
    debt: int, given: lots.Lots, month: int, left: lots.Lots, owed: int, past: lots.Lots
) -> None:
    assert lots.settle_lots(PURSE, debt, given, month) == lots.LotSettlement(dict(left), owed, dict(past))
