"""Deliveries as the table's stream brings them: settled at once, or sent to the queue, and never lost between."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from batua import clock, queues
from batua.integrations import process, queue
from batua.integrations.delivery_outcomes import queued_again, read_deliveries
from batua.integrations.model import Connection, ConnectionDelivery, read_connection_delivery
from batua.integrations.settle import settle_order
from batua.store.codec import encode
from batua.store.store import ConditionFailed
from batua.store.writes import Delete
from tests.fakes.settling import PHONE, World, pepper, world
from tests.fakes.shops import ShopifyShop, ShopWebhook


class Queue:
    """The queue as its client sees it."""

    def __init__(self) -> None:
        self.messages: list[dict[str, str]] = []
        self.answers = True

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        if not self.answers:
            raise EndpointConnectionError(endpoint_url=QueueUrl)
        self.messages += [json.loads(entry["MessageBody"]) for entry in Entries]
        return {}

    @property
    def waiting(self) -> set[str]:
        return {message["delivery"] for message in self.messages}


@pytest.fixture(autouse=True)
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    waiting = Queue()
    monkeypatch.setattr(queue, "client", lambda _: waiting)
    monkeypatch.setattr(queue, "settings", lambda: SimpleNamespace(deliveries_queue="https://queue"))
    monkeypatch.setattr(queues, "settings", lambda: SimpleNamespace(streams_behind_seconds=0))
    with pepper():
        yield waiting


def change(there: World, delivery: ConnectionDelivery, number: int = 1, *, age: float = 0) -> dict[str, Any]:
    """A record of the stream, which is JSON: bytes are base64 in it."""
    item = encode(there.store.read([delivery.key])[delivery.key] or {})
    image = {**item, "body": {"B": base64.b64encode(item["body"]["B"]).decode()}}
    made = clock.system() / 1000 - age
    return {
        "dynamodb": {"SequenceNumber": str(number), "NewImage": image, "ApproximateCreationDateTime": made},
        "eventName": "INSERT",
    }


def outcome(there: World, delivery: ConnectionDelivery) -> ConnectionDelivery:
    (found,) = read_deliveries(there.store, [there.store.read([delivery.key])[delivery.key] or {}], consistent=True)
    return found


def stored(there: World, connection: Connection, count: int = 1) -> list[ConnectionDelivery]:
    shops = [ShopifyShop(PHONE, id=number + 1).place(100_000).pay() for number in range(count)]
    return [there.store_delivery(connection, shop.webhooks[-1]) for shop in shops]


@pytest.fixture
def shop() -> tuple[World, Connection]:
    there = world()
    return there, there.connect("shopify")


def test_a_delivery_is_settled_as_the_stream_brings_it(shop: tuple[World, Connection], sqs: Queue) -> None:
    there, connection = shop
    (delivery,) = stored(there, connection)
    before = there.store.read([delivery.key])
    assert process.consume_changes(there.store, [change(there, delivery)]) == []
    settled = outcome(there, delivery)
    assert (settled.status, settled.attempts, there.balance(), sqs.messages) == ("posted", 1, 50, [])
    assert there.store.read([delivery.key]) == before, "the body and its place in the list are written once"


def test_one_that_is_brought_twice_gives_once(shop: tuple[World, Connection]) -> None:
    there, connection = shop
    (delivery,) = stored(there, connection)
    for _ in range(2):
        process.consume_changes(there.store, [change(there, delivery)])
    assert (there.balance(), there.findings()) == (50, [])
    assert outcome(there, delivery).status == "posted"


def test_what_comes_late_goes_to_the_queue_without_a_try(shop: tuple[World, Connection], sqs: Queue) -> None:
    there, connection = shop
    deliveries = stored(there, connection, 12)
    late = [change(there, each, number) for number, each in enumerate(deliveries)]
    late[3] = change(there, deliveries[3], 3, age=60)
    assert process.consume_changes(there.store, late) == []
    assert (sqs.waiting, there.balance()) == ({each.id for each in deliveries}, 0)
    for message in sqs.messages:
        process.process_delivery(there.store, message["connection"], message["delivery"])
    assert there.balance() == 12 * 50


def test_where_one_machine_serves_both_nothing_is_late(
    shop: tuple[World, Connection], sqs: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, connection = shop
    (delivery,) = stored(there, connection)
    monkeypatch.setattr(queues, "settings", lambda: SimpleNamespace(streams_behind_seconds=86_400))
    assert process.consume_changes(there.store, [change(there, delivery, age=600)]) == []
    assert (sqs.messages, there.balance()) == ([], 50)


def test_a_fault_sends_one_alone_to_the_queue(
    shop: tuple[World, Connection], sqs: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, connection = shop
    first, second, third = stored(there, connection, 3)
    monkeypatch.setattr(process, "settle_order", _failing_for(second, settle_order))
    changes = [change(there, each, number) for number, each in enumerate((first, second, third))]
    assert process.consume_changes(there.store, changes) == []
    assert (sqs.waiting, there.balance()) == ({second.id}, 100)
    assert [outcome(there, each).status for each in (first, second, third)] == ["posted", "failed", "posted"]
    monkeypatch.undo()
    with pepper():
        again = process.process_delivery(there.store, connection.id, second.id)
    assert (again.status, again.attempts, there.balance()) == ("posted", 2, 150)


def _failing_for(delivery: ConnectionDelivery, inner: Callable[..., Any]) -> Callable[..., Any]:
    def settle(books: Any, update: Any, of: ConnectionDelivery) -> Any:
        if of.id == delivery.id:
            raise MemoryError
        return inner(books, update, of)

    return settle


def test_a_document_of_many_sales_waits_for_a_run_of_its_own(sqs: Queue) -> None:
    there = world()
    connection = there.connect("pos")
    sales = [{"order_id": f"B-{number}", "amount": "1000.00", "phone": PHONE} for number in range(6)]
    delivery = there.store_delivery(connection, ShopWebhook("sale", "many", {"sales": sales, "order_id": "many"}))
    assert process.consume_changes(there.store, [change(there, delivery)]) == []
    assert (sqs.waiting, there.balance()) == ({delivery.id}, 0)
    assert outcome(there, delivery).status == "queued"


def test_what_the_queue_does_not_take_comes_again(shop: tuple[World, Connection], sqs: Queue) -> None:
    there, connection = shop
    (delivery,) = stored(there, connection)
    sqs.answers = False
    assert process.consume_changes(there.store, [change(there, delivery, 7, age=60)]) == ["7"]
    sqs.answers = True
    assert process.consume_changes(there.store, [change(there, delivery, 7, age=61)]) == []
    assert sqs.waiting == {delivery.id}


def test_a_connection_that_is_gone_is_said(shop: tuple[World, Connection]) -> None:
    there, connection = shop
    (delivery,) = stored(there, connection)
    there.store.commit([Delete(connection.key)])
    process.consume_changes(there.store, [change(there, delivery)])
    assert outcome(there, delivery).reason == "connection_deleted"


def test_a_delivery_of_before_tells_its_own_outcome(shop: tuple[World, Connection]) -> None:
    there, connection = shop
    (delivery,) = stored(there, connection)
    record = there.store.read([delivery.key])[delivery.key] or {}
    told = {"status": "refused", "why": "coins_already_spent", "tries": 3, "orders": ["1"]}
    read = read_connection_delivery({**record, **told})
    assert (read.status, read.reason, read.attempts, read.orders) == ("refused", "coins_already_spent", 3, ("1",))


def test_a_mark_that_it_waits_does_not_hide_what_became_of_it(shop: tuple[World, Connection]) -> None:
    there, connection = shop
    (delivery,) = stored(there, connection)
    there.store.write(queued_again(delivery, unless_settled=True))  # nothing is known of it yet
    assert outcome(there, delivery).status == "queued"
    read = outcome(there, delivery)
    process.consume_changes(there.store, [change(there, delivery)])
    with pytest.raises(ConditionFailed):
        there.store.write(queued_again(read, unless_settled=True))
    assert outcome(there, delivery).status == "posted"


def test_a_message_of_the_queue_and_a_change_come_to_the_same(
    shop: tuple[World, Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    there, connection = shop
    (delivery,) = stored(there, connection)
    monkeypatch.setattr(process, "store", lambda: there.store)
    message = {"messageId": "m", "body": json.dumps({"connection": connection.id, "delivery": delivery.id})}
    for event in ({"Records": [change(there, delivery)]}, {"Records": [message]}):
        assert process.consume_deliveries(event) == {"batchItemFailures": []}
    assert there.balance() == 50
