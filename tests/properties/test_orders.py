"""Whatever the order of arrival, the ledger ends where the order ends."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batua.integrations.orders import OrderSnapshot, OrderState, OrderUpdate, OrderVersion, earned_share, merge_update
from batua.integrations.process import process_delivery
from batua.ledger.errors import LedgerError
from batua.store.store import Contended, Store
from tests.fakes.billing import BillingSystem
from tests.fakes.moving import merge, reassign
from tests.fakes.settling import PHONE, pepper, world
from tests.fakes.shops import SHOPIFY_VERSIONS, WooShop
from tests.properties.sequences import SHOPIFY, WOOCOMMERCE, played, shop, table
from tests.properties.share import share

TABLE = table()


@pytest.fixture(scope="module", autouse=True)
def _pepper() -> Iterator[None]:
    with pepper():
        yield


def settled(kind: Any, telling: list[Any]) -> Any:
    there = world()
    there.deliver_all(there.connect(kind), telling)
    return there


def test_the_table_is_as_long_as_it_has_to_be() -> None:
    assert len(TABLE) >= 40
    assert min(len(SHOPIFY), len(WOOCOMMERCE)) >= 20


@pytest.mark.parametrize(("kind", "name"), TABLE)
def test_a_sequence_ends_where_the_order_ends(kind: str, name: str) -> None:
    """In order, backwards, everything twice, and in eight shuffles with duplicates."""
    order = played(kind, name)
    telling = list(order.webhooks)
    arrivals = [telling, telling[::-1], [each for each in telling for _ in range(2)], telling + telling]
    for seed in range(8):
        chance = random.Random(f"{name} {seed}")
        mixed = telling + chance.sample(telling, chance.randint(0, len(telling)))
        chance.shuffle(mixed)
        arrivals.append(mixed)
    for arrival in arrivals:
        there = settled(kind, arrival)
        assert there.balance() == order.deserves, [(each.topic, each.name) for each in arrival]
        assert there.findings() == []


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("kind", "name"), TABLE)
def test_faults_and_others_at_the_same_order_change_nothing_of_the_end(kind: Any, name: str, seed: int) -> None:
    """Conflicts, throttling, lost replies, and in the midst of one delivery another one of the same order."""
    chance = random.Random(f"{name} {seed}")
    order, there = played(kind, name), world()
    connection = there.connect(kind)
    client = there.faulty(chance, 0.25, lambda: _quietly(there, connection, chance.choice(order.webhooks)))
    shaky = Store(client, "ledger", "directory", sleep=lambda _: None)
    telling = [*order.webhooks, *chance.sample(order.webhooks, len(order.webhooks) // 2)]
    chance.shuffle(telling)
    for webhook in telling:
        delivery = there.store_delivery(connection, webhook)
        for _ in range(60):
            with contextlib.suppress(Contended, LedgerError):
                process_delivery(shaky, connection.id, delivery.id)
                break
        else:
            pytest.fail("it never came through")
    assert there.balance() == order.deserves, client.met
    assert there.findings() == []


def _quietly(there: Any, connection: Any, webhook: Any) -> None:
    there.deliver(connection, webhook)


@st.composite
def lives(draw: Any) -> Any:
    """An order's life of either kind, with acts in any order that a shop allows."""
    kind = draw(st.sampled_from(["shopify", "woocommerce"]))
    order = shop(kind)
    if kind == "shopify":
        order.version = draw(st.sampled_from(SHOPIFY_VERSIONS))
    prices = st.integers(100, 600_000)
    order.place(*draw(st.lists(prices, min_size=1, max_size=3)))
    for _ in range(draw(st.integers(0, 7))):
        _act(draw, kind, order, prices)
    return kind, order


def _act(draw: Any, kind: str, order: Any, prices: Any) -> None:
    if kind == "shopify":
        if order.cancelled:
            order.update()
        elif not order.paid:
            draw(st.sampled_from([order.pay, order.pay, order.cancel, order.update]))()
        else:
            whole = sum(price * bought for _, price, bought, _ in order.lines) - order.owed - order.edited_out
            left = [index for index, line in enumerate(order.lines) if line[3]]
            acts = [order.update, order.cancel, order.settle_up, lambda: order.add(draw(prices))]
            if left and not order.owed:
                acts += [lambda: order.refund(draw(st.sampled_from(left)))] * 2
                acts += [order.refund_shipping, order.refund_duties]
                acts.append(lambda: order.exchange(draw(st.sampled_from(left)), draw(prices)))
                acts.append(lambda: _keep_a_fee(draw, order, draw(st.sampled_from(left))))
                if len(left) > 1 and not order.refunded:
                    acts.append(lambda: order.edit_out(draw(st.sampled_from(left))))
            # What pays back an edit is recognized by its amount: goodwill of just that amount can't be told from it.
            if whole - order.refunded > 1 and not order.owed and not order.edited_out:
                acts.append(lambda: order.goodwill(draw(st.integers(1, whole - order.refunded - 1))))
            draw(st.sampled_from(acts))()
        return
    if order.gone:
        order.restore()
        return
    total = sum(order.items) + order.shipping
    acts = [order.update, order.pay, order.complete, order.hold, order.cancel, order.delete]
    acts.append(lambda: order.add(draw(prices)))
    acts += [lambda: order._become("shipped"), lambda: order._become("wc-packed")]
    if len(order.items) > 1 and not order.refunds:
        acts.append(lambda: order.remove(0))
    if order.status in ("processing", "completed") and total > sum(order.refunds) + 1:
        acts += [lambda: order.refund(draw(st.integers(1, total - sum(order.refunds) - 1)))] * 3
        acts += [order.refund_shipping]
    draw(st.sampled_from(acts))()


def _keep_a_fee(draw: Any, order: Any, index: int) -> None:
    order.restocking_fee(index, draw(st.integers(1, order.lines[index][1])))


@share("orders", deadline=None)
@given(data=st.data(), life=lives())
def test_any_life_of_an_order_told_in_any_order_ends_where_it_ends(data: Any, life: Any) -> None:
    kind, order = life
    twice = data.draw(st.lists(st.sampled_from(order.webhooks), max_size=4))
    there = settled(kind, data.draw(st.permutations([*order.webhooks, *twice])))
    assert there.balance() == order.deserves
    assert there.findings() == []


@share("orders", deadline=None)
@given(data=st.data())
def test_an_order_never_gives_more_than_it_deserved_at_its_best(data: Any) -> None:
    """Paid, spent, cancelled and paid again in any way: spent coins count towards what the order deserves later."""
    order, there = WooShop(PHONE), world()
    connection = there.connect("woocommerce")
    order.place(data.draw(st.integers(10_000, 600_000)))
    best = spent = webhook = 0
    for _ in range(data.draw(st.integers(1, 8))):
        acts = [order.pay, order.cancel, order.hold, lambda: order.add(40_000)]
        if len(order.items) > 1:
            acts.append(lambda: order.remove(1))
        data.draw(st.sampled_from(acts))()
        there.deliver_all(connection, order.webhooks[webhook:])
        webhook, best = len(order.webhooks), max(best, order.deserves)
        assert order.deserves - spent <= there.balance() <= max(0, best - spent)
        coins = data.draw(st.integers(0, there.balance()))
        if coins:
            there.spend(coins)
            spent += coins
    assert there.findings() == []


@st.composite
def bills(draw: Any) -> BillingSystem:
    """A bill's life in a billing system: corrected, cancelled, returned in parts by credit notes that change too."""
    system, amounts = BillingSystem(PHONE), st.integers(100, 600_000)
    system.bill(draw(amounts))
    for _ in range(draw(st.integers(0, 6))):
        acts = [lambda: system.correct(draw(amounts)), system.order_form]
        acts.append(system.restore if system.cancelled else system.cancel)
        acts += [lambda: system.credit_note(draw(st.integers(1, system.amount)))] * 2
        if system.notes:
            acts.append(lambda: system.cancel_note(draw(st.integers(0, len(system.notes) - 1))))
            acts.append(lambda: system.correct_note(draw(st.integers(0, len(system.notes) - 1)), draw(amounts)))
        draw(st.sampled_from(acts))()
    return system


@share("orders", deadline=None)
@given(data=st.data(), system=bills())
def test_any_life_of_a_bill_told_in_any_order_ends_where_it_ends(data: Any, system: BillingSystem) -> None:
    twice = data.draw(st.lists(st.sampled_from(system.webhooks), max_size=4))
    there = settled("pos", data.draw(st.permutations([*system.webhooks, *twice])))
    assert there.balance() == system.deserves
    assert there.findings() == []


@share("orders", deadline=None)
@given(data=st.data(), life=lives(), moves=st.lists(st.sampled_from([merge, reassign]), min_size=1, max_size=3))
def test_coins_that_staff_moves_between_any_deliveries_follow_the_order(data: Any, life: Any, moves: list[Any]) -> None:
    """Wherever staff corrects the number or merges among the deliveries, the coins end where the order ends."""
    kind, order = life
    there, people = world(), [PHONE, "+919876500000", "+919876500001", "+919876500002"]
    connection = there.connect(kind)
    arrivals = data.draw(st.permutations(order.webhooks))
    at = sorted(data.draw(st.lists(st.integers(0, len(arrivals)), min_size=len(moves), max_size=len(moves))))
    done = 0
    for position, webhook in enumerate([*arrivals, None]):
        while done < len(moves) and at[done] == position:
            moves[done](there, people[done], people[done + 1])
            done += 1
        if webhook:
            there.deliver(connection, webhook)
    assert sum(there.balance(phone) for phone in people) == order.deserves
    there.deliver_all(connection, order.webhooks)
    assert sum(there.balance(phone) for phone in people) == order.deserves
    assert there.findings() == []


VERSIONS = st.builds(
    OrderVersion, st.integers(0, 3), st.integers(0, 1), st.integers(0, 2), st.just(0), st.sampled_from("ab")
)
STATES = st.builds(
    OrderSnapshot,
    version=VERSIONS,
    paid=st.booleans(),
    bill=st.integers(0, 1000),
    base=st.integers(0, 1000),
    refunds=st.dictionaries(st.sampled_from("xyz"), st.integers(1, 500), max_size=2),
)
MARKS = st.none() | st.sampled_from(["d1", "d2"])


@share("merging", deadline=None)
@given(data=st.data(), states=st.lists(st.none() | STATES, min_size=1, max_size=5, unique_by=lambda s: s and s.version))
def test_merging_knows_no_order_and_no_repetition(data: Any, states: list[OrderSnapshot | None]) -> None:
    said = [
        (
            OrderUpdate("1", "#1", state, deleted=data.draw(MARKS), restored=data.draw(MARKS)),
            data.draw(st.none() | st.sampled_from(["+911", "+912"])),
        )
        for state in states
    ]

    def known(updates: list[Any]) -> OrderState:
        result = OrderState()
        for each, phone in updates:
            result = merge_update(result, each, phone)
        return result

    mixed = data.draw(st.permutations(said + data.draw(st.lists(st.sampled_from(said), max_size=3))))
    assert known(mixed) == known(said)
    kept = earned_share(known(said))
    assert 0 <= kept.kept <= kept.whole
