"""From the tables' streams to the consumers of events: every change that is an event reaches them, at least once.

Consumers of our own do their work here, on the whole batch. What one of them can't finish waits in its queue for the
function that tries again, and so does everything where the stream is behind. The bus gets what its rules are about;
a deployment that has rules of its own on it lets it have all.

Of a batch that the bus takes in part, only what it has not taken is put again; what it will not take even then comes
again from the stream. A change that no event can be made of would hold up all that follow it, so it is left among the
lost ones at once, with the change itself; an alarm tells.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from .. import clock, observe
from ..aws import client
from ..identity.tenant import read_tenant
from ..messages import outbound
from ..messages.model import SECURITY_NOTICE_REQUEST, Message
from ..queues import Lateness
from ..settings import settings
from ..store import keys
from ..store.codec import decode
from ..store.store import Record, Store
from .changes import events_of
from .consuming import BatchStore, EventConsumer
from .event import SOURCE, Event, UnpublishableChange, queued_event

_BATCH_SIZE: Final = 10
_MOST_BYTES: Final = 200_000
"""Of one call: EventBridge takes 256 KB, of which names and places are a part."""
_MAX_ATTEMPTS: Final = 4
_BEHIND_SECONDS: Final = 20
"""How old the oldest change of a batch may be before its events go to the queues."""
_WORKING_SECONDS: Final = 40
"""How long consumers may work on a batch; the function may run for 120 s."""


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """An event on its way to the bus, and the number by which the stream brings its change again."""

    sequence: str
    event: Event

    @property
    def entry(self) -> dict[str, str]:
        return {
            "Source": SOURCE,
            "DetailType": self.event.type,
            "Detail": self.event.detail(),
            "EventBusName": settings().event_bus,
        }


class AssetScales:
    """The decimals of assets. They are fixed for a program's life, so what is known stays known."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[tuple[str, str], int] = {}

    def of(self, owner: str, tenant: str, asset: str) -> int:
        """Of a program's coins: in its owner's books, or in those of a tenant that takes part. Raises LookupError."""
        if (tenant, asset) not in self._known:
            self._known[tenant, asset] = self._read(owner, tenant, asset)
        return self._known[tenant, asset]

    def _read(self, owner: str, tenant: str, asset: str) -> int:
        program, tenant_key = keys.program_key(owner, asset), keys.tenant_key(tenant)
        found = self._store.read([program, tenant_key], consistent=False)
        stored = found[program]
        if stored is not None:
            return int(stored["scale"])
        record = found[tenant_key]
        of_tenant = read_tenant(record).program if record else None
        if of_tenant is None or of_tenant.id != asset:
            raise LookupError(f"nobody knows the program {asset}")
        return of_tenant.scale


@lru_cache(maxsize=1)
def _scales(store: Store) -> AssetScales:
    return AssetScales(store)


def publish_changes(
    store: Store,
    event: Mapping[str, Any],
    consumers: Sequence[EventConsumer] = (),
    on_bus: Collection[str] | None = None,
) -> list[str]:
    """Publishes a batch of a stream: to the consumers, and on the bus those of the types `on_bus` (None: all).

    Returns the numbers of the changes that are to come again.
    """
    scales = _scales(store)
    late = Lateness.of(event["Records"], most_behind=_BEHIND_SECONDS, working=_WORKING_SECONDS)
    waiting: list[PendingEvent] = []
    lost = 0
    failed: list[str] = []
    for change in event["Records"]:
        try:
            if _announce(change):
                continue
        except (ClientError, BotoCoreError) as fault:
            observe.log().warning("the message queue does not answer", extra={"fault": str(fault)})
            failed.append(change["dynamodb"]["SequenceNumber"])
            continue
        try:
            waiting += _events(change, scales)
        except UnpublishableChange as fault:
            observe.log().error("no event can be made of a change", extra={"fault": str(fault)})
            _lose(change, str(fault))
            lost += 1
    refused = untaken = 0
    of_batch = BatchStore(store)
    for consumer in consumers:
        failed += _consume(of_batch, consumer, [each for each in waiting if consumer.wants(each.event)], late)
    for chunk in _chunks([each for each in waiting if on_bus is None or each.event.type in on_bus]):
        left, times = _put_on_bus(chunk, store.sleep)
        failed += [each.sequence for each in left]
        untaken += len(left)
        refused += times
    if refused or lost:
        observe.tally(EventsPublished=len(waiting) - untaken, EventsRefusedByBus=refused, EventsLost=lost)
    return list(dict.fromkeys(failed))


def _consume(store: Store, consumer: EventConsumer, wanted: Sequence[PendingEvent], late: Lateness) -> list[str]:
    """Lets a consumer do its work. What it can't is queued; returns the numbers of what no queue took."""
    left = list(wanted)
    if left and not (late.is_behind or late.is_over):
        try:
            undone = {event.id for event in consumer.consume(store, [each.event for each in wanted], clock.system())}
            left = [each for each in wanted if each.event.id in undone]
        except Exception:
            observe.log().exception("a consumer of events failed")
    return [each.sequence for chunk in _chunks(left) for each in _enqueue(consumer.queue, chunk)]


def _enqueue(url: str, chunk: Sequence[PendingEvent]) -> list[PendingEvent]:
    """Puts events into a queue. Returns those that it has not taken."""
    entries = [{"Id": str(number), "MessageBody": queued_event(each.event)} for number, each in enumerate(chunk)]
    try:
        answer = client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    except (ClientError, BotoCoreError) as fault:
        observe.log().warning("the queue does not answer", extra={"fault": str(fault)})
        return list(chunk)
    return [chunk[int(each["Id"])] for each in answer.get("Failed", [])]


def _announce(change: Mapping[str, Any]) -> bool:
    """Whether administrators are notified of the change, an act in the audit trail; then the notice is queued."""
    images = change["dynamodb"]
    record = images.get("NewImage") or {}
    if "mail" not in record or not record["pk"]["S"].startswith("AUDIT#"):
        return False
    act = decode(record)
    tenant = str(act["pk"]).rpartition("#")[2]
    values = {
        "what": act["mail"],
        "who": act["who"],
        "when": str(act["sk"]).partition("#")[0],
        "address": act["ip"],
        "reference": act.get("ref") or "none",
    }
    outbound.enqueue(Message(SECURITY_NOTICE_REQUEST, "", "email", tenant, values))
    return True


def _events(change: Mapping[str, Any], scales: AssetScales) -> Iterator[PendingEvent]:
    images = change["dynamodb"]
    before, after = _image(images.get("OldImage")), _image(images.get("NewImage"))
    for event in events_of(before, after, scales.of):
        yield PendingEvent(images["SequenceNumber"], event)


def _image(image: Mapping[str, Any] | None) -> Record | None:
    return decode(image) if image else None


def _chunks(waiting: Sequence[PendingEvent]) -> Iterator[list[PendingEvent]]:
    chunk: list[PendingEvent] = []
    size = 0
    for each in waiting:
        weight = len(each.entry["Detail"].encode())
        if chunk and (len(chunk) == _BATCH_SIZE or size + weight > _MOST_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(each)
        size += weight
    if chunk:
        yield chunk


def _put_on_bus(chunk: list[PendingEvent], sleep: Callable[[float], None]) -> tuple[list[PendingEvent], int]:
    """Puts events on the bus. Returns those that it has not taken, and how often it has refused one."""
    left, refused = chunk, 0
    for tries in range(_MAX_ATTEMPTS):
        left = _put_once(left)
        refused += len(left)
        if not left:
            break
        sleep(0.1 * 2**tries)
    return left, refused


def _put_once(waiting: list[PendingEvent]) -> list[PendingEvent]:
    try:
        answer = client("events").put_events(Entries=[each.entry for each in waiting])
    except (ClientError, BotoCoreError) as fault:
        observe.log().warning("the bus does not answer", extra={"fault": str(fault)})
        return waiting
    if not answer.get("FailedEntryCount"):
        return []
    outcomes = answer["Entries"]
    return [each for each, outcome in zip(waiting, outcomes, strict=True) if outcome.get("ErrorCode")]


def _lose(change: Mapping[str, Any], why: str) -> None:
    """Leaves a change among the lost ones. Raises where that fails: the batch then comes again."""
    content = json.dumps({"why": why, "change": change}, default=str)
    client("sqs").send_message(QueueUrl=settings().lost_events_queue, MessageBody=content)
