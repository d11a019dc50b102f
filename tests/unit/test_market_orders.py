"""Orders of the marketplace at the store: what two executions, two orders and a kill at any call come to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from batua import clock, ids
from batua.identity import sealing
from batua.marketplace import house
from batua.marketplace.carrying import OrderBusy, advance_order
from batua.marketplace.house import HouseVendor, open_cards
from batua.marketplace.order import Order, load_market_order, market_order_item
from batua.marketplace.vendor import Card, VendorAnswer, VendorOrder
from batua.rewards.reward import Reward, RewardCodes, reward_item, stock_item
from batua.rewards.reward_codes import free_codes, pool_context
from batua.store import keys, market_keys, reward_keys
from batua.store.store import Store
from batua.store.writes import Put
from tests.fakes.dynamodb import FakeDynamoDB
from tests.fakes.settling import pepper

TENANT = ids.derived_id("ten", "shop")
SCOPE = keys.scope("live", TENANT)
NOW = clock.parse_iso("2026-11-28T12:00:00Z")
REWARD = Reward(
    id=ids.derived_id("rew", "card"),
    tenant=TENANT,
    program=ids.derived_id("prg", "coins"),
    type="gift_card",
    title="Books",
    points=10,
    status="active",
    version=1,
    created_at=NOW,
    updated_at=NOW,
    updated_by=ids.derived_id("usr", "owner"),
    stock_epoch=1,
    delivery="instant",
    codes=RewardCodes(source="pool"),
)


class Killed(BaseException):
    """The function ends in the middle."""


class Killer:
    """DynamoDB that ends the function before or after its `at`-th call, once."""

    def __init__(self, inner: FakeDynamoDB) -> None:
        self.inner, self.at, self.before, self.calls = inner, 0, True, 0

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.inner, name)
        if not callable(call):
            return call

        def made(**request: Any) -> Any:
            self.calls += 1
            if self.calls == self.at and self.before:
                raise Killed
            answer = call(**request)
            if self.calls == self.at:
                raise Killed
            return answer

        return made


@pytest.fixture(autouse=True)
def secrets() -> Iterator[None]:
    with pepper():
        yield


@pytest.fixture
def tables() -> Killer:
    return Killer(FakeDynamoDB())


@pytest.fixture
def store(tables: Killer) -> Store:
    return Store(tables, "ledger", "directory", sleep=lambda _: None)


def plant_pool(store: Store, codes: int, left: int | None = None) -> None:
    store.write(Put(reward_keys.reward_key(SCOPE, REWARD.id), reward_item(SCOPE, REWARD)))
    stock = stock_item(REWARD, codes if left is None else left)
    store.write(Put(reward_keys.reward_stock_key(SCOPE, REWARD.id), stock))
    for number in range(codes):
        id = ids.derived_id("rcd", str(number))
        sealed = sealing.seal_tenant_secret(TENANT, pool_context(REWARD.id, id), f"CARD-{number}")
        store.write(Put(reward_keys.free_code_key(SCOPE, REWARD.id, id), {"seal": sealed}))


def planted_order(store: Store, name: str, quantity: int = 1) -> Order:
    order = Order(
        id=ids.derived_id("mor", name),
        tenant=TENANT,
        by=ids.derived_id("usr", "till"),
        customer=ids.derived_id("cust", "asha"),
        wallet=ids.derived_id("wal", "asha"),
        program=REWARD.program,
        vendor="house",
        owner=TENANT,
        product=REWARD.id,
        sku=REWARD.id,
        title=REWARD.title,
        face=10_00,
        quantity=quantity,
        unit_points=10,
        created_at=NOW,
        updated_at=NOW,
    )
    store.write(Put(market_keys.market_order_key(SCOPE, order.id), market_order_item(SCOPE, order)))
    store.write(Put(market_keys.open_order_key(order.id), {"scope": SCOPE, "at": NOW}))
    return order


def stored(store: Store, order: Order) -> Order:
    found = load_market_order(store, SCOPE, order.id)
    assert found is not None
    return found


def cards(store: Store, order: Order) -> list[str | None]:
    sealed = stored(store, order).cards
    return [card.code for card in open_cards(TENANT, order.id, sealed)] if sealed else []


def event(order: Order) -> dict[str, Any]:
    return {"scope": SCOPE, "order": order.id}


def test_of_two_executions_at_an_order_one_sends_it(store: Store) -> None:
    plant_pool(store, 2)
    order = planted_order(store, "one")
    placed: list[str] = []

    class Counting(HouseVendor):
        def place(self, order: VendorOrder) -> VendorAnswer:
            placed.append(order.id)
            return super().place(order)

    def quicker(store: Store, scope: str, seen: Order, now: int) -> Counting:
        """Between the first one's look and its claim of the order the second takes it from end to end."""
        if not placed:
            advance_order(store, event(seen), now, lambda *_: Counting(store, TENANT, now))
        return Counting(store, TENANT, now)

    with pytest.raises(OrderBusy):
        advance_order(store, event(order), NOW, quicker)
    assert placed == [order.id]
    assert stored(store, order).step == "delivered"


def test_two_orders_that_see_the_same_code_get_different_ones(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    plant_pool(store, 2)
    first, second = planted_order(store, "first"), planted_order(store, "second")
    look = free_codes

    def overtaken(store: Store, scope: str, reward_id: str, count: int) -> list[Any]:
        found = look(store, scope, reward_id, count)
        monkeypatch.setattr(house, "free_codes", lambda *_: found)  # the second one sees the very same code
        HouseVendor(store, TENANT, NOW).place(second.for_vendor(SCOPE))
        monkeypatch.setattr(house, "free_codes", look)
        return found

    monkeypatch.setattr(house, "free_codes", overtaken)
    one = HouseVendor(store, TENANT, NOW).place(first.for_vendor(SCOPE))
    other = HouseVendor(store, TENANT, NOW).status(second.for_vendor(SCOPE), NOW)
    assert (one.kind, other.kind) == ("delivered", "delivered")
    assert {card.code for card in (*one.cards, *other.cards)} == {"CARD-0", "CARD-1"}


def test_no_more_is_handed_out_than_the_stock_says(store: Store) -> None:
    plant_pool(store, 2, left=1)
    order = planted_order(store, "both", quantity=2)
    assert HouseVendor(store, TENANT, NOW).place(order.for_vendor(SCOPE)).kind == "unknown"
    key = reward_keys.reward_stock_key(SCOPE, REWARD.id)
    assert (store.read([key])[key] or {})["left"] == 1


@pytest.mark.parametrize("before", [True, False], ids=["before the call", "after it"])
@pytest.mark.parametrize("at", range(1, 9))
def test_killed_at_any_call_an_order_gets_its_cards_once(tables: Killer, store: Store, at: int, before: bool) -> None:
    plant_pool(store, 3)
    order = planted_order(store, "killed", quantity=2)
    tables.calls, tables.at, tables.before = 0, at, before
    with pytest.raises(Killed):
        advance_order(store, event(order), NOW)
    tables.at = 0
    later = NOW
    for _ in range(5):
        later += 120_000  # beyond the lease of the one that died
        if advance_order(store, event(order), later)["next"] == "settle":
            break
    assert stored(store, order).step == "delivered"
    assert len(set(cards(store, order))) == 2
    key = reward_keys.reward_stock_key(SCOPE, REWARD.id)
    assert (store.read([key])[key] or {})["left"] == 1


def test_an_unknown_outcome_is_asked_about_and_voided_on_a_denial_alone(store: Store) -> None:
    order = planted_order(store, "silent")
    answers = ["unknown", "unknown", "denied"]
    asked: list[str] = []

    class Silent:
        def place(self, order: VendorOrder) -> VendorAnswer:
            asked.append("place")
            return VendorAnswer("unknown", reason="timeout")

        def status(self, order: VendorOrder, now: int) -> VendorAnswer:
            asked.append("status")
            kind: Any = answers.pop(0) if answers else "denied"
            return VendorAnswer(kind)

        def may_place(self, order: VendorOrder, now: int) -> bool:
            return False  # the vendor no longer knows the reference: sending it again could order twice

    at = NOW
    for _ in range(3):
        assert advance_order(store, event(order), at, lambda *_: Silent())["next"] == "wait"
        at += 120_000
    assert asked == ["place", "status", "status"]
    assert advance_order(store, event(order), at, lambda *_: Silent())["next"] == "wait", "too early to believe it"
    end = NOW + 7 * 3_600_000
    assert advance_order(store, event(order), end, lambda *_: Silent())["next"] == "settle"
    after = stored(store, order)
    assert (after.step, after.reason, asked.count("place")) == ("denied", "not_placed", 1)


def test_a_delivery_after_the_denial_gives_no_coins_away_and_calls_people(store: Store) -> None:
    order = planted_order(store, "late")
    gone = replace(order, step="settled", state="failed", reason="not_placed", settled_at=NOW)
    store.write(Put(market_keys.market_order_key(SCOPE, order.id), market_order_item(SCOPE, gone)))

    class Late:
        def place(self, order: VendorOrder) -> VendorAnswer:
            raise AssertionError("a settled order is never sent")

        def status(self, order: VendorOrder, now: int) -> VendorAnswer:
            return VendorAnswer("delivered", "v-1", (Card(code="LATE"),))

        def may_place(self, order: VendorOrder, now: int) -> bool:
            return True

    outlook = advance_order(store, {**event(order), "recheck": True}, NOW + 1, lambda *_: Late())
    after = stored(store, order)
    assert outlook["next"] == "done"
    assert (after.step, after.state, after.reason, after.cards) == ("settled", "failed", "delivered_late", None)
