"""What Lambda's event source mappings have in common: batches, filters, and which records of a batch failed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any, cast

from moto.events.models import EventPattern


@dataclass(frozen=True)
class MappingSettings:
    """The properties of a mapping that matter on one machine. -1 retries means for ever, as in Lambda."""

    batch_size: int
    partial: bool
    retries: int
    bisect: bool
    filters: tuple[EventPattern, ...]
    window: float
    on_failure: str | None

    @classmethod
    def of(cls, properties: Mapping[str, Any], batch_size: int) -> MappingSettings:
        destination = ((properties.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
        filters = (properties.get("FilterCriteria") or {}).get("Filters") or ()
        retries = properties.get("MaximumRetryAttempts")
        return cls(
            batch_size=int(properties.get("BatchSize") or batch_size),
            partial="ReportBatchItemFailures" in (properties.get("FunctionResponseTypes") or ()),
            retries=-1 if retries is None else int(retries),
            bisect=bool(properties.get("BisectBatchOnFunctionError")),
            filters=tuple(_pattern(one["Pattern"]) for one in filters),
            on_failure=destination,
            window=float(properties.get("MaximumBatchingWindowInSeconds") or 0),
        )

    def wants(self, record: dict[str, Any]) -> bool:
        return not self.filters or any(pattern.matches_event(cast(Any, record)) for pattern in self.filters)


def _pattern(pattern: str | dict[str, Any]) -> EventPattern:
    return EventPattern.load(pattern if isinstance(pattern, str) else json.dumps(pattern))


def needs_images(filters: tuple[EventPattern, ...]) -> bool:
    """Whether a filter of a stream looks at more than the event's name and the item's keys."""
    for each in filters:
        pattern = each.get_pattern()
        if set(pattern) - {"eventName", "dynamodb"} or set(pattern.get("dynamodb") or ()) - {"Keys"}:
            return True
    return False


def failed_records(answer: Any, ids: list[str]) -> set[str]:
    """The identifiers in `batchItemFailures`. One that is empty or unknown fails the whole batch, as in Lambda."""
    if not isinstance(answer, dict) or not answer.get("batchItemFailures"):
        return set()
    named = {failure.get("itemIdentifier") for failure in answer["batchItemFailures"]}
    return set(ids) if named - set(ids) else named


class Poller(Thread):
    """A background thread that delivers from one source. `deliver` does one step and tells whether there was work."""

    def __init__(self, name: str, pause: float = 0.1) -> None:
        super().__init__(name=name, daemon=True)
        self._pause = pause
        self._wake = Event()
        self._stopped = Event()
        self.hurried = False
        """Somebody waits for everything to be delivered: batching windows end at once."""

    def run(self) -> None:
        while not self._stopped.is_set():
            if not self.deliver():
                self._wake.wait(self._pause)
                self._wake.clear()

    def wait(self, seconds: float) -> None:
        """Until it is woken, and no longer than that."""
        self._wake.wait(seconds)
        self._wake.clear()

    def hurry(self, hurried: bool) -> None:
        self.hurried = hurried
        self.wake()

    def wake(self) -> None:
        self._wake.set()

    def pause(self, seconds: float) -> None:
        self._stopped.wait(seconds)

    def stop(self) -> None:
        self._stopped.set()
        self._wake.set()
        self.join(timeout=5)

    def deliver(self) -> bool:
        raise NotImplementedError

    @property
    def quiet(self) -> bool:
        raise NotImplementedError
