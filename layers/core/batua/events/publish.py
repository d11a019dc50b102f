"""From the tables' streams to the bus: every change that is an event is put there, at least once.

Of a batch that the bus takes in part, only what it has not taken is put again; what it will not take even then comes
again from the stream. A change that no event can be made of would hold up all that follow it, so it is left among the
lost ones at once, with the change itself; an alarm tells.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from .. import observe
from ..aws import client
from ..identity.tenant import read_tenant
from ..messages import outbound
from ..messages.model import SECURITY_NOTICE_REQUEST, Message
from ..settings import settings
from ..store import keys
from ..store.codec import decode
from ..store.store import Record, Store
from .changes import events_of
from .event import SOURCE, Event, UnpublishableChange

_AT_ONCE: Final = 10
_MOST_BYTES: Final = 200_000
"""Of one call: EventBridge takes 256 KB, of which names and places are a part."""
_TRIES: Final = 4


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


def publish_changes(store: Store, event: Mapping[str, Any]) -> list[str]:
    """Publishes a batch of a stream. Returns the numbers of the changes that are to come again."""
    scales = _scales(store)
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
    for chunk in _chunks(waiting):
        left, times = _put(chunk, store.sleep)
        failed += [each.sequence for each in left]
        untaken += len(left)
        refused += times
    observe.tally(EventsPublished=len(waiting) - untaken, EventsRefusedByBus=refused, EventsLost=lost)
    return list(dict.fromkeys(failed))


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
        if chunk and (len(chunk) == _AT_ONCE or size + weight > _MOST_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(each)
        size += weight
    if chunk:
        yield chunk


def _put(chunk: list[PendingEvent], sleep: Callable[[float], None]) -> tuple[list[PendingEvent], int]:
    """Puts events on the bus. Returns those that it has not taken, and how often it has refused one."""
    left, refused = chunk, 0
    for tries in range(_TRIES):
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
