"""What a webhook's topic may do to orders that are settled: deletions, restorations, redactions, uninstalled apps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from batua.integrations import process as processing
from batua.integrations.order_record import order_key
from batua.store.store import Store
from batua.store.writes import Update
from tests.fakes.settling import PHONE, SCOPE, paid, pepper, world
from tests.fakes.shops import ShopifyShop, ShopWebhook, WooShop

SHOP = "kaveri.myshopify.com"


@pytest.fixture(scope="module", autouse=True)
def _pepper() -> Iterator[None]:
    with pepper():
        yield


def privacy(topic: str, **content: Any) -> ShopWebhook:
    return ShopWebhook(topic, topic, {"shop_id": 1, "shop_domain": SHOP, **content})


def test_a_customer_is_forgotten_where_shopify_asks_for_it() -> None:
    there = world()
    connection = there.connect("shopify", shop=SHOP)
    order = paid()
    there.deliver_all(connection, order.webhooks)
    nameless = ShopifyShop(None, id=2).place(100_000).pay()
    there.deliver_all(connection, nameless.webhooks)
    assert there.balance() == 100, "known by the e-mail address of the first order"
    customer = {"id": 1, "email": "asha@example.com", "phone": PHONE}
    result = there.deliver(connection, privacy("customers/redact", customer=customer, orders_to_redact=[order.id]))
    assert (result.status, result.reason) == ("noted", f"redacted_{len(order.webhooks)}")
    left = [each for each in there.store.query_all("directory", f"CONNECTION#{connection.id}") if each.get("orders")]
    bodies = {bool(each.get("body")) for each in left if str(order.id) in each["orders"]}
    assert bodies == {False}
    third = ShopifyShop(None, id=3).place(100_000).pay()
    assert there.deliver(connection, third.webhooks[-1]).status == "unmatched"


def test_a_refund_that_arrives_during_a_redaction_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    there = world()
    connection = there.connect("shopify", shop=SHOP)
    order = ShopifyShop(None).place(60_000, 40_000).pay()
    first = there.deliver_all(connection, order.webhooks)[-1]
    order.refund(1)
    key = order_key(SCOPE, connection, str(order.id))
    write, interrupted = Store.write, []

    def write_after_a_refund(store: Store, change: Any) -> Any:
        if change.key == key and isinstance(change, Update) and not interrupted:
            interrupted.append(change)
            there.deliver(connection, order.webhooks[-1])
        return write(store, change)

    monkeypatch.setattr(Store, "write", write_after_a_refund)
    customer = {"id": 1, "email": "asha@example.com"}
    result = there.deliver(connection, privacy("customers/redact", customer=customer, orders_to_redact=[order.id]))
    record = there.store.read([key])[key]
    assert interrupted
    assert record is not None
    assert (first.status, result.status) == ("unmatched", "noted")
    assert record["known"]["refunds"] == {"800001": 40_000}
    assert "asha@example.com" not in repr(record)


def test_an_uninstalled_app_pauses_and_a_redacted_shop_leaves_no_contents() -> None:
    there = world()
    connection = there.connect("shopify", shop=SHOP)
    there.deliver_all(connection, paid().webhooks)
    gone = ShopWebhook("app/uninstalled", "u", {"id": 1, "name": "Kaveri", "myshopify_domain": SHOP})
    assert there.deliver(connection, gone).reason == "connection_paused"
    later = there.deliver(connection, ShopifyShop(PHONE, id=2).place(5_000).webhooks[0])
    assert (later.status, later.reason) == ("held", "connection_paused")
    assert there.deliver(connection, privacy("customers/data_request", customer={"id": 1})).reason == "data_request"
    assert there.deliver(connection, privacy("shop/redact")).status == "noted"
    assert processing.process_delivery(there.store, connection.id, later.id).reason == "redacted"


def test_what_waits_of_a_customer_is_forgotten_as_well() -> None:
    """It speaks of orders that nothing was settled for yet, and would bring the customer back once it is replayed."""
    there = world()
    connection = there.connect("shopify", shop=SHOP)
    gone = ShopWebhook("app/uninstalled", "u", {"id": 1, "name": "Kaveri", "myshopify_domain": SHOP})
    there.deliver(connection, gone)
    order = paid(60_000, 40_000).refund(1)
    waiting = there.deliver_all(connection, order.webhooks)
    unreadable = there.deliver(connection, ShopWebhook("orders/paid", "x", {"id": "none"}))
    other = there.deliver(connection, ShopifyShop(PHONE, id=2).place(5_000).webhooks[0])
    assert {each.status for each in (*waiting, unreadable, other)} == {"held"}
    customer = {"id": 1, "email": "asha@example.com", "phone": PHONE}
    result = there.deliver(connection, privacy("customers/redact", customer=customer, orders_to_redact=[order.id]))
    assert (result.status, result.reason) == ("noted", f"redacted_{len(waiting)}")
    again = [processing.process_delivery(there.store, connection.id, each.id) for each in (*waiting, other)]
    assert [each.reason for each in again] == ["redacted"] * len(waiting) + ["connection_paused"]


@pytest.mark.parametrize("topic", ["app/uninstalled", "customers/redact", "shop/redact"])
def test_an_order_under_another_topic_does_nothing_of_it(topic: str) -> None:
    """The topic is not signed: whoever has seen one signed body must not be able to pause or to erase with it."""
    there = world()
    connection = there.connect("shopify", shop=SHOP)
    result = there.deliver(connection, ShopWebhook(topic, "x", paid().payload()))
    assert result.status == "invalid"
    assert there.deliver(connection, paid().webhooks[-1]).status == "posted"


def test_an_order_is_not_deleted_by_its_own_content_under_the_topic_of_a_deletion() -> None:
    """WooCommerce signs the body alone. A deletion's body is no more than the id; an order's is no deletion."""
    there = world()
    connection = there.connect("woocommerce")
    order = WooShop(PHONE).place(100_000).pay()
    there.deliver_all(connection, order.webhooks)
    assert there.balance() == 50
    for number, result in enumerate(order.webhooks):
        there.deliver(connection, ShopWebhook("order.deleted", f"again-{number}", result.content))
    assert (there.balance(), there.findings()) == (50, [])


@pytest.mark.parametrize("before", [True, False])
def test_a_deleted_order_is_not_restored_by_content_that_was_told_before(before: bool) -> None:
    """Neither by a copy that was sent ahead of the deletion."""
    there = world()
    connection = there.connect("woocommerce")
    order = WooShop(PHONE).place(100_000).pay()
    there.deliver_all(connection, order.webhooks)
    copies = [
        ShopWebhook("order.restored", f"again-{number}", result.content) for number, result in enumerate(order.webhooks)
    ]
    for result in copies if before else ():
        there.deliver(connection, result)
    there.deliver_all(connection, order.delete().webhooks)
    assert there.balance() == 0
    for result in copies:
        there.deliver(connection, result)
    assert there.balance() == 0
    there.deliver_all(connection, order.restore().webhooks)
    assert (there.balance(), there.findings()) == (50, [])


def test_a_restoration_counts_though_the_same_content_came_as_an_update() -> None:
    """WooCommerce tells a restored order twice, with one content: as updated and as restored."""
    there = world()
    connection = there.connect("woocommerce")
    order = WooShop(PHONE).place(100_000).pay().delete()
    there.deliver_all(connection, order.webhooks)
    (restored,) = order.restore().webhooks[-1:]
    there.deliver(connection, ShopWebhook("order.updated", "same", restored.content))
    there.deliver(connection, restored)
    assert there.balance() == 50
