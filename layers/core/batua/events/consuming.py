"""Working through events: as they are published, or out of a queue in which those wait that could not be done then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import observe
from ..queues import failed_items
from ..store.keys import Key
from ..store.store import Found, Store
from .event import Event, read_queued_event


@dataclass(frozen=True, slots=True)
class EventConsumer:
    """What is done with events as they are published.

    `consume` takes the events that the consumer wants and an instant, and returns those it could not finish. They wait
    in `queue` (its URL), whose function does the same. Done twice, nothing more happens.
    """

    wants: Callable[[Event], bool]
    consume: Callable[[Store, Sequence[Event], int], list[Event]]
    queue: str


class BatchStore(Store):
    """The store for one batch: what several consumers read, and may be a moment old, is read once."""

    def __init__(self, store: Store) -> None:
        vars(self).update(vars(store))
        self._known: Found = {}

    def read(self, keys: Iterable[Key], *, consistent: bool = True) -> Found:
        wanted = list(dict.fromkeys(keys))
        known = {} if consistent else {key: self._known[key] for key in wanted if key in self._known}
        found = super().read([key for key in wanted if key not in known], consistent=consistent)
        self._known |= {key: record for key, record in found.items() if record is not None and key.sk == "TENANT"}
        return found | known


def each_by_itself(events: Sequence[Event], consume: Callable[[Event], object], failure: str) -> list[Event]:
    """Passes events to `consume` one by one. Returns those at which it raised; the log then says `failure`."""
    left = []
    for event in events:
        try:
            consume(event)
        except Exception:
            observe.log().exception(failure, extra={"event": event.id})
            left.append(event)
    return left


def consume_queue(batch: Mapping[str, Any], consume: Callable[[list[Event]], list[Event]]) -> dict[str, Any]:
    """Passes the events of a queue's batch to `consume`. Answers which messages are to come again."""
    failed: list[str] = []
    waiting: dict[str, Event] = {}
    for record in batch["Records"]:
        try:
            waiting[record["messageId"]] = read_queued_event(record["body"])
        except Exception:
            observe.log().exception("a message is not an event", extra={"message_id": record["messageId"]})
            failed.append(record["messageId"])
    left = {event.id for event in consume(list(waiting.values()))}
    return failed_items([*failed, *(id for id, event in waiting.items() if event.id in left)])
