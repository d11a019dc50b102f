"""A shop that sends webhooks for its orders, and what is between receiving and settling them: the stream and the queue.

The shop redelivers where it got no answer. The stream brings what was stored, now and then late, twice, or again after
the consumer died; the queue what the consumer sent there, in any order, sometimes twice, and again after a fault. In
the end the ledger must hold what each order should have earned.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from batua import clock, ids
from batua.api.endpoint import Call
from batua.api.request import Request
from batua.errors import Problem
from batua.identity.tenant import Tenant
from batua.integrations import process as processing
from batua.integrations.model import Connection, connection_item
from batua.integrations.receive import receive
from batua.ledger.errors import LedgerError
from batua.store.codec import Wire, decode
from batua.store.store import Contended, Store
from batua.store.writes import Put
from tests.fakes.shops import ShopWebhook, WooShop
from tests.fakes.states import Killed
from tests.faults.loop import SECOND, Loop
from tests.faults.stream import stream_record
from tests.faults.table import Change
from tests.properties.sequences import WOOCOMMERCE

SEQUENCES: Final = tuple(name for name in WOOCOMMERCE if "deleted" not in name and "same second" not in name)
"""What happens to an order; without changes that only the time of arrival can order."""

_HEADERS: Final = {"content-type": "application/json"}


class Orders:
    """One merchant's shop and the queue of its deliveries."""

    def __init__(self, loop: Loop, store: Store, merchant: Tenant, redelivery: float) -> None:
        self._loop, self._store, self._redelivery = loop, store, redelivery
        self._messages = self._changes = 0
        self._zone = merchant.time_zone
        self.shops: dict[int, WooShop] = {}
        self.unheard: list[tuple[int, int]] = []
        """The order and number of each delivery that got no answer."""
        self.waiting: list[str] = []
        """Messages that failed and are delivered again."""
        self.refused: set[tuple[str, int]] = set()
        """Orders whose coins could not be taken back, with the month of the refusal."""
        self.unread: list[dict[str, Any]] = []
        """Records of the stream that were not done with."""
        self.tell: Callable[[str], None] = lambda fault: None
        self.connection = Connection(
            id=ids.derived_id("con", "shop"),
            tenant=merchant.id,
            mode="live",
            system="woocommerce",
            name="Shop",
            secret=b"sealed",
            created_at=0,
        )

    def connect(self, store: Store) -> None:
        store.write(Put(self.connection.key, connection_item(self.connection)))

    def open(self, number: int, sequence: int) -> None:
        """An order that goes through a sequence, one delivery per step."""
        shop = WooShop(f"+9198111222{number:02d}", id=700 + number)
        WOOCOMMERCE[SEQUENCES[sequence % len(SEQUENCES)]](shop)
        self.shops[number] = shop
        for each in range(len(shop.webhooks)):
            self._loop.spawn(f"wish-{number}.webhooks-{each}", partial(self._tells, number, each, 3), each * SECOND)

    def tell_again(self) -> None:
        """Redelivers what got no answer and what failed."""
        unheard, self.unheard = self.unheard, []
        for order, each in unheard:
            self._loop.spawn(f"wish-{order}.retold-{each}", partial(self._tells, order, each, 1))
        waiting, self.waiting = self.waiting, []
        for body in waiting:
            self._bring(body, SECOND)
        unread, self.unread = self.unread, []
        for record in unread:
            self._loop.spawn(f"delivery-{record['dynamodb']['SequenceNumber']}.again", partial(self._read, record))

    def _tells(self, order: int, each: int, tries: int) -> None:
        webhook = self.shops[order].webhooks[each]
        for _ in range(tries):
            try:
                receive(self._receive(order, webhook))
                return
            except (Problem, LedgerError, Contended, Killed):
                self._loop.pause(5 * SECOND)
            except Exception as fault:
                self.tell(f"an order update is processed: {type(fault).__name__}: {fault}")
                return
        self.unheard.append((order, each))

    def _receive(self, order: int, webhook: ShopWebhook) -> Call[None]:
        headers = {
            "x-wc-webhook-topic": webhook.topic,
            "x-wc-webhook-delivery-id": f"{order}-{webhook.name}",
            **_HEADERS,
        }
        event = {
            "headers": headers,
            "body": json.dumps(webhook.content),
            "requestContext": {"http": {"sourceIp": "::1"}},
        }
        return Call(None, Request(event), self._store, self._loop.now, sender=self.connection)

    def stored(self, change: Change) -> None:
        """The stream brings a delivery, as a record of the deployed event source."""
        self._changes += 1
        record = stream_record(change, self._changes)
        image = record["dynamodb"]["NewImage"]
        image = {**image, "body": {"B": base64.b64encode(image["body"]["B"]).decode()}}
        record["dynamodb"] |= {"NewImage": image, "ApproximateCreationDateTime": self._loop.now // 1000}
        chance = self._loop.chance_of(f"delivery-{self._changes}")
        for again in range(2 if chance.random() < self._redelivery else 1):
            after = chance.randrange(SECOND // 100, 8 * SECOND)
            self._loop.spawn(f"delivery-{self._changes}.{again}", partial(self._read, record), after)

    def ended(self, outcome: Wire) -> None:
        """Notes the orders whose coins could not be taken back."""
        told = decode(outcome)
        if told.get("why") == "coins_already_spent":
            month = clock.local_month(self._loop.now, self._zone)
            self.refused.update((f"woocommerce order {order}", month) for order in told["orders"])

    def _read(self, record: dict[str, Any]) -> None:
        for _ in range(3):
            try:
                if not processing.consume_changes(self._store, [record]):
                    return
            except (Contended, Killed):
                pass
            except Exception as fault:
                self.tell(f"a stored delivery is settled: {type(fault).__name__}: {fault}")
                return
            self._loop.pause(3 * SECOND)
        self.unread.append(record)

    # The queue, as a client of it sees it.

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        for entry in Entries:
            self.send_message(QueueUrl, entry["MessageBody"])
        return {}

    def send_message(self, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803
        task = self._loop.task
        assert task is not None
        for _ in range(2 if task.chance.random() < self._redelivery else 1):
            self._bring(MessageBody, task.chance.randrange(SECOND // 100, 20 * SECOND))

    def _bring(self, body: str, after: int) -> None:
        self._messages += 1
        self._loop.spawn(f"message-{self._messages}", partial(self._consume, body), after)

    def _consume(self, body: str) -> None:
        message = json.loads(body)
        for _ in range(3):
            try:
                processing.process_delivery(self._store, message["connection"], message["delivery"])
                return
            except (Contended, Killed, LedgerError):
                self._loop.pause(30 * SECOND)
            except Exception as fault:
                self.tell(f"an order is settled: {type(fault).__name__}: {fault}")
                return
        self.waiting.append(body)

    def invariants(self, lines: list[dict[str, Any]]) -> Iterator[str]:
        """Every order earned what it should: less only by coins that were spent before they could be reversed."""
        held: dict[str, int] = {}
        spent: dict[str, int] = {}
        months: dict[str, set[int]] = {}
        for line in lines:
            if line.get("by") == self.connection.id and line["kind"] in ("issue", "reverse_issue"):
                note, short = line["note"], line.get("short", 0)
                sign = 1 if line["kind"] == "issue" else -1
                held[note] = held.get(note, 0) + sign * (line["amt"] + short)
                spent[note] = spent.get(note, 0) + short
                months.setdefault(note, set()).add(line["day"] // 100)
        for note, month in self.refused:  # by then, the coins of an earlier month may have expired
            months.setdefault(note, set()).add(month)
        for shop in self.shops.values():
            note = f"woocommerce order {shop.id}"
            expected = max(0, shop.deserves - spent.get(note, 0))
            if not expected <= held.get(note, 0) <= shop.deserves and len(months.get(note, ())) < 2:
                yield f"an order earns exactly its reward: {note}: {held.get(note, 0)} != {shop.deserves}"
