"""Settling an order where something is in the way: spent coins, corrections by hand, caps, faults, no customer."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from batua import clock, ids
from batua.integrations import process as processing
from batua.integrations.order_record import order_key
from batua.integrations.process import NoSuchDelivery
from batua.ledger.decisions import customer_coins
from batua.ledger.earning import EarningRule
from batua.ledger.model import Origin
from batua.ledger.posting.customer_coins import PostingService
from batua.ledger.posting.request import PostingRequest, PostingState
from batua.ledger.queries import coin_entries
from batua.ledger.records.customer_coins import read_wallet
from batua.store.writes import Delete, Update
from tests.fakes.settling import MERCHANT, OWNER, PHONE, RULES, SCOPE, paid, pepper, suspend, world
from tests.fakes.shops import ShopifyShop, ShopWebhook, WooShop


@pytest.fixture(scope="module", autouse=True)
def _pepper() -> Iterator[None]:
    with pepper():
        yield


def test_the_entry_says_what_it_stands_for() -> None:
    there = world()
    connection = there.connect("shopify")
    there.deliver_all(connection, paid().webhooks)
    (entry,) = there.entries()
    assert (entry.amount, entry.bill, entry.reference) == (50, 100_000, "#1001")
    assert (entry.caller, entry.merchant, entry.note) == (connection.id, MERCHANT, "shopify order 5300000000001")
    assert entry.rule == ("rule_five", 1, "5.00% of the bill")


@pytest.mark.parametrize(("policy", "left", "status"), [("cap", 0, "posted"), ("negative", -20, "posted")])
def test_coins_that_are_spent_are_settled_by_the_programs_policy(policy: Any, left: int, status: str) -> None:
    there = world(reversal=policy)
    connection = there.connect("shopify")
    order = paid()
    there.deliver_all(connection, order.webhooks)
    there.spend(20)
    result = there.deliver_all(connection, order.cancel().webhooks)
    assert there.balance() == left
    assert status in {delivery.status for delivery in result}
    moved = [each for delivery in result for each in delivery.posted if each["kind"] == "reverse_issue"]
    assert [each.get("shortfall", 0) for each in moved] == [20 if policy == "cap" else 0]
    there.deliver_all(connection, order.update().webhooks)
    assert there.balance() == left
    assert there.findings() == []


@pytest.mark.parametrize("spent", [50, 20])
def test_an_order_that_is_paid_cancelled_and_paid_again_is_rewarded_once(spent: int) -> None:
    there = world()
    connection = there.connect("woocommerce")
    order = WooShop(PHONE).place(100_000).pay()
    there.deliver_all(connection, order.webhooks)
    there.spend(spent)
    for _ in range(3):
        there.deliver_all(connection, order.cancel().webhooks)
        assert there.balance() == 0
        there.deliver_all(connection, order.pay().webhooks)
        assert there.balance() == 50 - spent
    assert there.findings() == []


def test_spent_coins_of_a_cancelled_order_count_towards_what_it_deserves_later() -> None:
    there = world()
    connection = there.connect("woocommerce")
    order = WooShop(PHONE).place(100_000).pay()
    there.deliver_all(connection, order.webhooks)
    there.spend(50)
    there.deliver_all(connection, order.cancel().webhooks)
    there.deliver_all(connection, order.add(40_000).pay().webhooks)
    assert there.balance() == 20, "70 deserved, 50 of them spent already"
    there.deliver_all(connection, order.remove(1).webhooks)
    assert there.balance() == 0
    there.deliver_all(connection, order.add(40_000).webhooks)
    assert there.balance() == 20
    there.deliver_all(connection, order.cancel().webhooks)
    assert (there.balance(), there.findings()) == (0, [])


def test_a_shortfall_is_not_collected_from_coins_earned_later() -> None:
    there = world()
    connection = there.connect("shopify")
    order = paid(60_000, 40_000)
    there.deliver_all(connection, order.webhooks)
    there.spend(50)
    there.deliver_all(connection, order.refund(1).webhooks)
    there.deliver_all(connection, ShopifyShop(PHONE, id=2).place(100_000).pay().webhooks)
    there.deliver_all(connection, order.update().update().webhooks)
    assert there.balance() == 50


def test_where_the_program_refuses_the_delivery_says_so_and_can_be_replayed() -> None:
    there = world(reversal="reject")
    connection = there.connect("shopify")
    order = paid()
    there.deliver_all(connection, order.webhooks)
    there.spend(20)
    last = there.deliver(connection, order.cancel().webhooks[-1])
    assert (last.status, last.reason, there.balance()) == ("refused", "coins_already_spent", 30)
    there.deliver(connection, ShopifyShop(PHONE, id=2).place(60_000).pay().webhooks[-1])
    again = processing.process_delivery(there.store, connection.id, last.id)
    assert (again.status, there.balance()) == ("posted", 10)


def test_what_someone_took_back_by_hand_is_not_given_again() -> None:
    there = world()
    connection = there.connect("shopify")
    order = paid(60_000, 40_000)
    there.deliver_all(connection, order.webhooks)
    (entry,) = there.entries()
    record = there.store.read([there.wallet_key()])[there.wallet_key()]
    assert record is not None
    original = coin_entries.original_from(entry, 0)
    by_hand = PostingRequest("reverse", "live", SCOPE, Origin("key", "::1", MERCHANT), "by hand", {})
    PostingService(there.store, there.program).post(
        by_hand,
        PostingState(read_wallet(record), clock.system(), original=original),
        lambda state: customer_coins.decide_reversal(
            state.wallet, there.program, state.original or original, state.now, coins=15
        ),
    )
    there.deliver_all(connection, order.update().webhooks)
    assert there.balance() == 35
    # The refund that this anticipated takes only what is missing.
    there.deliver_all(connection, order.refund(1).webhooks)
    assert there.balance() == 30
    there.deliver_all(connection, order.cancel().webhooks)
    assert there.balance() == 0


def test_rules_that_change_later_do_not_reach_back() -> None:
    there = world()
    connection = there.connect("shopify")
    order = paid(60_000, 40_000)
    there.deliver_all(connection, order.webhooks)
    suspend(there, rules=(EarningRule("rule_ten", "percentage", basis_points=1000),))
    there.deliver_all(connection, order.update().webhooks)
    assert there.balance() == 50
    there.deliver_all(connection, order.refund(1).webhooks)
    assert there.balance() == 30
    there.deliver_all(connection, order.add(20_000).settle_up().webhooks)
    assert there.balance() == 120 * 8 // 12, "a bill that changes is counted by the rules of its day"


def test_the_days_cap_holds_over_orders_and_gives_way_to_none() -> None:
    there = world(rules=(EarningRule("rule_capped", "percentage", basis_points=500, cap_per_day=70),))
    connection = there.connect("shopify")
    first, second = paid(), ShopifyShop(PHONE, id=2).place(100_000).pay()
    there.deliver_all(connection, first.webhooks)
    there.deliver_all(connection, second.webhooks)
    assert there.balance() == 70
    # Edited up, the first order earns what it would have, its own coins aside.
    there.deliver_all(connection, second.update().webhooks)
    assert there.balance() == 70
    third = there.deliver(connection, ShopifyShop(PHONE, id=3).place(100_000).pay().webhooks[-1])
    assert (third.status, there.balance()) == ("ignored", 70)


def test_an_order_that_no_rule_rewards_is_ignored() -> None:
    there = world(rules=(replace(RULES[0], minimum_bill=200_000),))
    result = there.deliver_all(there.connect("shopify"), paid().webhooks)
    assert {(each.status, each.reason) for each in result if each.topic == "orders/paid"} == {
        ("ignored", "no_rule_matches")
    }
    assert there.balance() == 0


def test_a_frozen_wallet_gets_nothing_until_it_is_active_again() -> None:
    there = world()
    connection = there.connect("shopify")
    there.deliver_all(connection, paid().webhooks)
    there.store.write(Update(there.wallet_key(), set={"st": "frozen"}))
    last = there.deliver(connection, ShopifyShop(PHONE, id=2).place(60_000).pay().webhooks[-1])
    assert (last.status, last.reason) == ("refused", "wallet_not_active")
    there.store.write(Update(there.wallet_key(), set={"st": "active"}))
    assert processing.process_delivery(there.store, connection.id, last.id).status == "posted"
    assert there.balance() == 80


@pytest.mark.parametrize("changes", [{"status": "suspended"}, {"stopped_by": OWNER}])
def test_while_the_merchant_is_suspended_deliveries_are_held(changes: dict[str, Any]) -> None:
    there = world()
    connection = there.connect("shopify")
    suspend(there, **changes)
    last = there.deliver(connection, paid().webhooks[-1])
    assert (last.status, last.reason, there.balance()) == ("held", "tenant_inactive", 0)
    suspend(there, status="active", stopped_by=None)
    assert processing.process_delivery(there.store, connection.id, last.id).status == "posted"


def test_an_interrupted_delivery_still_tells_what_it_posted(monkeypatch: pytest.MonkeyPatch) -> None:
    there = world()
    connection = there.connect("shopify")

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(processing, "_store_outcome", stop)
        with pytest.raises(KeyboardInterrupt):
            there.deliver(connection, paid().webhooks[-1])
    assert there.balance() == 50
    again = there.deliver(connection, paid().webhooks[-1])
    assert (again.status, [each["coins"] for each in again.posted], there.balance()) == ("posted", [50], 50)


def test_deliveries_of_a_connection_that_is_gone_are_ignored() -> None:
    there = world()
    connection = there.connect("shopify")
    last = there.deliver(connection, paid().webhooks[0])
    there.store.commit([Delete(connection.key)])
    again = processing.process_delivery(there.store, connection.id, last.id)
    assert (again.status, again.reason) == ("ignored", "connection_deleted")
    with pytest.raises(NoSuchDelivery):
        processing.process_delivery(there.store, connection.id, ids.derived_id("dlv", "nothing"))


def test_a_refund_of_an_order_from_before_the_connection_gives_nothing() -> None:
    there = world()
    connection = there.connect("shopify", orders_from=clock.system())
    order = paid(60_000, 40_000).refund(1)
    result = there.deliver_all(connection, [order.webhooks[-1], *order.webhooks])
    assert {delivery.reason for delivery in result if delivery.topic != "refunds/create"} == {"before_connection"}
    assert there.balance() == 0


def test_an_order_without_a_customer_is_not_kept_for_ever() -> None:
    there = world()
    connection = there.connect("shopify")
    unknown = ShopifyShop(None).place(100_000).pay()
    last = there.deliver(connection, unknown.webhooks[-1])
    key = order_key(SCOPE, connection, str(unknown.id))
    waiting = there.store.read([key])[key]
    assert waiting is not None
    assert clock.system() // 1000 + 89 * 86_400 < waiting["ttl"]
    there.deliver(connection, unknown.webhooks[-1], match=PHONE)
    matched = there.store.read([key])[key]
    assert matched is not None
    assert last.status == "unmatched"
    assert "ttl" not in matched
    assert "asha@example.com" not in repr(matched)
    assert there.balance() == 50


def test_two_connections_of_one_shop_hold_one_order() -> None:
    there = world()
    one, two = (there.connect("shopify", name=name, shop="kaveri.myshopify.com") for name in ("one", "two"))
    order = paid(60_000, 40_000)
    there.deliver_all(one, order.webhooks)
    there.deliver_all(two, order.refund(1).webhooks)
    assert there.balance() == 30


def test_orders_of_two_shops_with_one_number_are_two() -> None:
    there = world()
    for name in ("one", "two"):
        there.deliver_all(
            there.connect("woocommerce", name=name, shop=f"https://{name}.example"),
            WooShop(PHONE).place(100_000).pay().webhooks,
        )
    assert there.balance() == 100


def test_a_document_of_many_sales_tells_what_wants_looking_at() -> None:
    there = world()
    rows = [{"id": n, "amount": "100", "phone": PHONE if n else None} for n in range(3)]
    result = there.deliver(there.connect("pos"), ShopWebhook("sale", "x", {"records": rows}))
    assert (result.status, len(result.posted), len(result.orders), there.balance()) == ("unmatched", 2, 3, 10)


def test_one_number_is_not_that_of_every_sale_in_a_document() -> None:
    there = world()
    connection = there.connect("pos")
    rows = [{"id": f"B-{n}", "amount": "100"} for n in range(3)]
    result = there.deliver(connection, ShopWebhook("sale", "x", {"records": rows}))
    assert [each["status"] for each in result.results] == ["unmatched"] * 3
    there.store.write(Update(result.key, set={"match": PHONE}))
    processing.process_delivery(there.store, connection.id, result.id)
    assert there.balance() == 0
    there.store.write(Update(result.key, set={"matches": {"B-1": PHONE}}))
    again = processing.process_delivery(there.store, connection.id, result.id)
    assert [each["status"] for each in again.results] == ["unmatched", "posted", "unmatched"]
    assert there.balance() == 5


def test_a_sale_and_its_refund_in_one_document_are_listed_once_each() -> None:
    there = world()
    rows = [{"id": "B-1", "amount": "1000", "phone": PHONE}, {"id": "C-1", "amount": "-400", "refund_of": "B-1"}]
    result = there.deliver(there.connect("pos"), ShopWebhook("sale", "x", {"records": rows}))
    assert [(each["kind"], each["coins"]) for each in result.posted] == [("issue", 50), ("reverse_issue", 20)]
    assert (there.balance(), there.findings()) == (30, [])


def test_deliveries_of_one_order_at_the_same_time_post_once() -> None:
    there = world(shards=3)
    connection = there.connect("shopify")
    order = paid(60_000, 40_000).refund(1)
    result = [*order.webhooks] * 4
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: there.deliver(connection, each), result))
    assert there.balance() == order.deserves == 30
    assert there.findings() == []
