"""The end of a marketplace order whose capture the merchant's month has no room for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from batua import clock, observe
from batua.marketplace.carrying import DELAYED_AFTER_MS
from batua.marketplace.order import Order, load_market_order, order_change
from batua.marketplace.settling import OrderNotSettleable, settle_market_order
from batua.store import keys, market_keys
from batua.store.writes import Update
from tests.fakes.settling import MERCHANT, SCOPE, pepper
from tests.faults.market import MarketRun

HOUR_MS = 3_600_000


@pytest.fixture
def run() -> Iterator[MarketRun]:
    """An order whose card was delivered: 50 coins were issued, 7 of them are held for each card."""
    with pepper():
        run = MarketRun(1, "runa")
        order = run.order
        _, write = order_change(SCOPE, order, replace(order, step="delivered", delivered=order.quantity), run.now)
        run.there.store.write(write)
        yield run


@contextmanager
def no_room(run: MarketRun) -> Iterator[None]:
    """What the merchant may still redeem in this month was taken by others in the meantime, and comes back."""
    store, month = run.there.store, clock.local_month(run.now, run.there.program.time_zone)
    key = keys.month_key(SCOPE, MERCHANT, 0, month)
    shard = store.read([key])[key]
    assert shard is not None
    assert shard["room_new"] > 0
    store.write(Update(key, set={"room": 0, "room_new": 0}))
    yield
    store.write(Update(key, set={"room": shard["room"], "room_new": shard["room_new"]}))


def settle(run: MarketRun, now: int) -> dict[str, object]:
    return dict(settle_market_order(run.there.store, {"scope": SCOPE, "order": run.order.id}, now))


def stored(run: MarketRun) -> Order:
    order = load_market_order(run.there.store, SCOPE, run.order.id)
    assert order is not None
    return order


def wakes(run: MarketRun) -> int:
    key = market_keys.open_order_key(run.order.id)
    record = run.there.store.read([key])[key]
    assert record is not None
    return int(record["wakes"])


def test_a_capture_without_room_keeps_the_coins_held_and_is_tried_again_in_an_hour(
    run: MarketRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    delayed: list[str] = []
    monkeypatch.setattr(observe, "tally", lambda **counts: delayed.extend({"MarketOrdersDelayed"} & counts.keys()))
    balance, later = run.there.balance(), run.now + DELAYED_AFTER_MS
    with no_room(run):
        assert settle(run, run.now) == {"next": "wait", "seconds": 3600}
        waiting = stored(run)
        assert (waiting.step, waiting.captured, waiting.reason) == ("delivered", 0, "mir_limit_reached")
        assert (waiting.delayed_at, wakes(run)) == (run.now, run.now + HOUR_MS)
        assert run.there.balance() == balance, "neither taken nor given back"
        assert delayed == [], "people are told only when it lasts"

        assert settle(run, later) == {"next": "wait", "seconds": 3600}
        assert (stored(run).delayed_at, wakes(run)) == (run.now, later + HOUR_MS)
        assert delayed == ["MarketOrdersDelayed"]


def test_room_that_comes_later_lets_the_same_order_be_captured_once(run: MarketRun) -> None:
    with no_room(run):
        settle(run, run.now)
    assert settle(run, run.now + 1) == {"next": "done", "seconds": 0}
    settled = stored(run)
    assert (settled.step, settled.state, settled.captured) == ("settled", "completed", settled.points)
    assert run.there.balance() == 50 - settled.points
    assert settle(run, run.now + 2) == {"next": "done", "seconds": 0}
    assert run.there.balance() == 50 - settled.points
    assert run.there.findings() == []


def test_a_hold_that_ended_otherwise_is_an_alarm_and_moves_nothing(run: MarketRun) -> None:
    key = keys.hold_key(SCOPE, run.order.hold)
    run.there.store.write(Update(key, set={"st": "expired"}))
    balance = run.there.balance()
    with pytest.raises(OrderNotSettleable, match="hold_not_open"):
        settle(run, run.now)
    assert (stored(run).step, run.there.balance()) == ("delivered", balance)


def test_an_order_that_nothing_was_said_of_yet_waits(run: MarketRun) -> None:
    order = stored(run)
    _, write = order_change(SCOPE, order, replace(order, step="sent"), run.now)
    run.there.store.write(write)
    assert settle(run, run.now) == {"next": "wait", "seconds": 1}
