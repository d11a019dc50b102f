"""Events under faults: tables, queues, the bus and the receiver fail at random; in the end each has arrived.

One seed is one run. What is queued is delivered at least once, in any order, sometimes twice; whoever fails is called
again, as Lambda, SQS and the schedule do.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from batua import clock, ids
from batua.events import attempt_queue, deliver, publish, requeue, route
from batua.events.consuming import EventConsumer
from batua.events.model import WebhookEndpoint, endpoint_item, read_webhook_delivery
from batua.events.sending import SendOutcome
from batua.identity.tenant import Tenant, tenant_item
from batua.ledger.decisions import tenant_money
from batua.ledger.decisions.tenant_money import FundsPosting, FundsState
from batua.ledger.model import Origin
from batua.ledger.records.tenant_money import posting_items
from batua.store import event_keys, keys
from batua.store.codec import decode, encode
from batua.store.store import Contended, Store
from batua.store.writes import Put
from tests.fakes.dynamodb import FakeDynamoDB
from tests.fakes.faults import Fault, FaultyClient

START = clock.parse_iso("2026-11-21T09:30:00Z")
SHOP = ids.derived_id("ten", "shop")
SECRET = b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENTS = 12
TABLE_FAULTS: tuple[Fault, ...] = ("throttle", "lost_before", "lost_after", "unprocessed")


ROUTING = "routing"


class World:
    """All that is around the functions, with the faults of one seed."""

    def __init__(self, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.chance = random.Random(seed)
        self.now = START
        self.table = FakeDynamoDB()
        self.store = Store(self.table, "ledger", "directory", sleep=self._sleep)
        self.bus: list[str] = []
        self.queue: list[str] = []
        self.received: Counter[str] = Counter()
        self.bodies: set[bytes] = set()
        monkeypatch.setattr(clock, "system", lambda: self.now)
        monkeypatch.setattr(deliver, "open_tenant_secret", lambda tenant, endpoint, sealed: sealed)
        for module in (publish, attempt_queue):
            monkeypatch.setattr(module, "client", lambda service: self)
        monkeypatch.setattr(deliver.make_attempt, "__defaults__", (self._send,))

    def _sleep(self, seconds: float) -> None:
        self.now += int(seconds * 1000)

    def _fails(self, share: float = 0.25) -> bool:
        return self.chance.random() < share

    def storm(self) -> None:
        """From now on tables fail, too."""

        def plan() -> Iterator[Fault]:
            while True:
                yield self.chance.choice(TABLE_FAULTS) if self._fails(0.15) else "none"

        faulty = FaultyClient(self.table)
        faulty.plan = plan()
        self.store = Store(faulty, "ledger", "directory", sleep=self._sleep)

    def send_message_batch(self, QueueUrl: str, Entries: list[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803
        if self._fails(0.1):
            raise ClientError({"Error": {"Code": "ServiceUnavailable", "Message": ""}}, "SendMessageBatch")
        if QueueUrl == ROUTING:
            failed = [{"Id": each["Id"]} for each in Entries if self._fails()]
            taken = [each for each in Entries if {"Id": each["Id"]} not in failed]
            self.bus += [json.dumps(json.loads(each["MessageBody"])["detail"]) for each in taken]
            return {"Successful": taken, "Failed": failed}
        for each in Entries:
            # Some are lost between our servers and theirs, some come twice.
            self.queue += [each["MessageBody"]] * self.chance.choice((0, 1, 1, 1, 1, 2))
        return {"Successful": Entries}

    def _send(self, url: str, body: bytes, headers: Mapping[str, str], **_: Any) -> SendOutcome:
        taken = not self._fails(0.3)
        if taken or self._fails(0.3):  # it may fail after it has taken it
            self.received[headers["webhook-id"]] += 1
            self.bodies.add(body)
        return SendOutcome(200 if taken else 500, 1, b"", None)

    def drawn(self, queue: list[str]) -> str:
        return queue.pop(self.chance.randrange(len(queue)))

    def route(self) -> None:
        body = self.drawn(self.bus)
        batch = {"Records": [{"messageId": "m", "body": json.dumps({"detail": json.loads(body)})}]}
        if route.consume_routing(self.store, batch)["batchItemFailures"]:
            self.bus.append(body)

    def deliver(self) -> None:
        body = self.drawn(self.queue)
        if deliver.consume_attempts(self.store, {"Records": [{"messageId": "m", "body": body}]})["batchItemFailures"]:
            self.queue.append(body)

    def minute(self) -> None:
        self.now += 60_000
        try:
            requeue.requeue_due(self.store, self.now)
        except (ClientError, Contended):
            return  # the next minute's run goes on


def changes() -> list[dict[str, Any]]:
    made = []
    for number in range(EVENTS):
        posting = tenant_money.decide_credit(
            FundsState(), tenant_money.tenant_wallet("live", SHOP), 100 + number, START
        )
        assert isinstance(posting, FundsPosting)
        source = Origin("usr", "::1", SHOP, f"credit {number}")
        ((key, item),) = posting_items(ids.derived_id("txn", str(number)), posting, source, b"", 20261121)
        image = encode({"pk": key.pk, "sk": key.sk, **item})
        made.append({"eventName": "INSERT", "dynamodb": {"SequenceNumber": f"{number:03d}", "NewImage": image}})
    return made


def publish_all(world: World) -> None:
    """As Lambda reads a stream: from the first that failed on. Events are routed at once, or wait in the queue."""
    left = changes()
    routing = EventConsumer(lambda event: True, route.route_events, ROUTING)
    for _ in range(500):
        if not left:
            return
        failed = publish.publish_changes(world.store, {"Records": left}, [routing], frozenset())
        left = [each for each in left if failed and each["dynamodb"]["SequenceNumber"] >= min(failed)]
    raise AssertionError("it was never all published")


@pytest.mark.parametrize("seed", range(60))
def test_whatever_fails_every_event_arrives_and_is_recorded_once(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert failed_to_arrive(seed, monkeypatch) == []


@pytest.mark.parametrize(
    ("wrong", "instead"),
    [
        ("_enqueue", lambda url, chunk: []),  # what no queue took is forgotten
        ("_consume", lambda *given: []),  # nothing is routed
    ],
    ids=["what no queue took is forgotten", "what failed is forgotten"],
)
def test_a_planted_bug_is_found(wrong: str, instead: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, wrong, instead)
    assert any(failed_to_arrive(seed, monkeypatch) for seed in range(5))


def failed_to_arrive(seed: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is wrong in the end of a run: nothing, if each event was delivered and is on record once."""
    world = World(seed, monkeypatch)
    tenant = Tenant(SHOP, "merchant", "Shop", "active", None, (), "IN", "Asia/Kolkata", 0)
    endpoint = WebhookEndpoint(ids.derived_id("wep", "one"), SHOP, "live", "https://h.example.com", ("*",), SECRET, 0)
    world.store.write(Put(keys.tenant_key(SHOP), tenant_item(tenant)))
    world.store.write(Put(endpoint.key, endpoint_item(endpoint)))
    world.storm()
    publish_all(world)
    for _ in range(40 * 60):
        while world.bus or world.queue:
            (world.route if world.bus and (not world.queue or world.chance.random() < 0.5) else world.deliver)()
        records = [
            decode(item) for place, item in world.table.items.items() if place[2].startswith(event_keys.DELIVERY)
        ]
        results = [read_webhook_delivery(record) for record in records]
        if all(each.status != "pending" for each in results):
            break
        world.minute()
    # Each with the same bytes at every attempt, and nothing left in the index of what is due.
    counts = (len(results), len(set(world.received)), len(world.bodies), sum("g2p" in each for each in records))
    found = [f"{counts} of {EVENTS}"] if counts != (EVENTS, EVENTS, EVENTS, 0) else []
    found += [f"{each.event} is {each.status}" for each in results if each.status != "delivered"]
    return found + [f"{each.event} did not come" for each in results if each.event not in world.received]
