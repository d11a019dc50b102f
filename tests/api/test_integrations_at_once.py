"""Many webhooks at once, the same ones again, and what becomes of poison. ProcessDeliveries is the consumer.

BATUA_WEBHOOKS sets how many webhooks are sent, BATUA_SENDERS by how many senders: 400 and 8 when left out. With 2,000
and up to 200 it makes the figures.
"""

from __future__ import annotations

import importlib
import os
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.conftest import Client
from tests.api.shop_fixtures import Sender, balance, order_of, sender
from tests.waiting import until

WEBHOOKS = int(os.environ.get("BATUA_WEBHOOKS", "400"))
SENDERS = int(os.environ.get("BATUA_SENDERS", "8"))
BASE = "/api/v1/integrations"


@pytest.fixture(scope="module")
def admin(platform: Any, credentials: dict[str, Any]) -> Client:
    return Client(platform.url, {"Authorization": f"Bearer {credentials['merchant_admin']['token']}"})


@pytest.fixture(scope="module")
def shop(platform: Any, credentials: dict[str, Any]) -> Sender:
    return sender(platform.url, credentials, "shopify")


def in_queue(platform: Any, name: str) -> int:
    sqs = platform.embedded_aws.client("sqs")
    url = sqs.get_queue_url(QueueName=platform.platform.resources[name].name)["QueueUrl"]
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    webhook = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(webhook[each]) for each in names)


def test_many_webhooks_a_fifth_of_them_twice_reward_each_order_once(platform: Any, shop: Sender, live: Any) -> None:
    numbers = random.Random(5)
    phones = [f"+9198{numbers.randrange(10**8):08d}" for _ in range(20)]
    orders = [order_of("shopify", phones[n % len(phones)]).place(100_000).pay() for n in range(WEBHOOKS * 4 // 5)]
    telling = [order.webhooks[-1] for order in orders]
    telling += telling[: WEBHOOKS - len(telling)]
    numbers.shuffle(telling)
    before = {phone: balance(live, phone) for phone in phones}
    lost = in_queue(platform, "LostDeliveries")

    statuses: Counter[str] = Counter()

    def send(webhook: Any) -> float:
        began = time.perf_counter()
        answer = shop.tell(webhook)
        took = time.perf_counter() - began
        assert answer.status_code == 200, answer.text
        statuses[answer.json()["status"]] += 1
        return took

    began = time.perf_counter()
    with ThreadPoolExecutor(SENDERS) as pool:
        took = sorted(pool.map(send, telling))
    received = time.perf_counter() - began
    platform.embedded_aws.drain(max(120, WEBHOOKS))
    drained = time.perf_counter() - began
    median, late = (took[len(took) * percent // 100] * 1e3 for percent in (50, 99))
    spread = f"median {median:.0f} ms, 99th percentile {late:.0f} ms, slowest {took[-1] * 1e3:.0f} ms"
    figures = f"answered in {received:.1f} s ({spread})"
    print(f"{len(telling)} webhooks from {SENDERS} senders: {figures}, settled after {drained:.1f} s")  # noqa: T201
    if "BATUA_WEBHOOKS" in os.environ:  # who asks for figures has a quiet machine
        assert took[-1] < 5, "Shopify hangs up after five seconds"
    assert statuses == {"accepted": len(orders), "duplicate": WEBHOOKS - len(orders)}
    assert in_queue(platform, "Deliveries") == 0
    assert in_queue(platform, "LostDeliveries") == lost
    for place, phone in enumerate(phones):
        mine = sum(1 for n in range(len(orders)) if n % len(phones) == place)
        assert balance(live, phone) - before[phone] == 50 * mine


def test_deliveries_of_one_order_at_once_post_what_it_deserves(
    shop: Sender, live: Any, phone: str, platform: Any
) -> None:
    """Straight to the consumer, from many threads: the order's record lets one of them post at a time."""
    order = order_of("shopify", phone).place(60_000, 40_000, 30_000).pay().refund(1).refund(0).goodwill(5_000)
    telling = [*order.webhooks, *order.webhooks]
    random.Random(7).shuffle(telling)
    with ThreadPoolExecutor(SENDERS) as pool:
        assert {answer.status_code for answer in pool.map(shop.tell, telling)} == {200}
    platform.embedded_aws.drain(120)
    found = list(_deliveries(shop, str(order.id)))
    processing = importlib.import_module("batua.integrations.process")
    store = importlib.import_module("batua.store.store").store()
    with ThreadPoolExecutor(SENDERS) as pool:
        done = list(pool.map(lambda id: processing.process_delivery(store, shop.id, id), found * 2))
    assert {delivery.status for delivery in done} <= {"posted", "unchanged"}
    assert balance(live, phone) == order.deserves


def _deliveries(shop: Sender, order: str) -> Any:
    store = importlib.import_module("batua.store.store").store()
    for record in store.query_all("directory", f"DELIVERIES#{shop.id}", index="by_parent"):
        if order in record.get("orders", ()):
            yield record["sk"].rpartition("#")[2]


def test_poison_ends_in_the_dead_letters_and_can_be_replayed(
    platform: Any, shop: Sender, admin: Client, live: Any, phone: str, scope: str
) -> None:
    """What no retry mends: a record of the order that nobody can read."""
    model, records, stores, writes = (
        importlib.import_module(f"batua.{name}")
        for name in ("integrations.model", "integrations.order_record", "store.store", "store.writes")
    )
    keys = importlib.import_module("batua.store.keys")
    store = stores.store()
    poison, beside = order_of("shopify", phone).place(100_000).pay(), order_of("shopify", phone).place(40_000).pay()
    connection = model.read_connection(store.read([keys.connection_key(shop.id)])[keys.connection_key(shop.id)])
    record = records.order_key(scope, connection, str(poison.id))
    store.write(writes.Put(record, {"nonsense": 1}))
    before = in_queue(platform, "LostDeliveries")
    given = shop.tell(poison.webhooks[-1]).json()["delivery"]
    shop.tell(beside.webhooks[-1])
    until(lambda: in_queue(platform, "LostDeliveries") == before + 1, 60)
    assert balance(live, phone) == 20, "what came beside it was settled"

    def webhook() -> Any:
        rows = admin.get(f"{BASE}/{shop.id}/deliveries", params={"limit": 100}).json()["data"]
        return next(row for row in rows if row["id"] == given)

    # The stream tried once, then the queue.
    assert (webhook()["status"], webhook()["reason"], webhook()["attempts"]) == ("failed", "KeyError", 6)
    store.commit([writes.Delete(record)])
    assert admin.post(f"{BASE}/{shop.id}/deliveries/{given}/replay", {}).status_code == 202
    until(lambda: webhook()["status"] == "posted", 20)
    assert balance(live, phone) == 70


def test_a_message_that_names_nothing_is_poison_too(platform: Any) -> None:
    for body in ("{", "{}", '{"connection": "con_1", "delivery": "dlv_1"}'):
        event = {"Records": [{"messageId": "m1", "body": body}]}
        assert platform.runner.invoke("ProcessDeliveries", event) == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
