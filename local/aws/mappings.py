"""What Lambda's event source mappings have in common: batches, filters, and which records of a batch failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

from .filters import RecordFilter


@dataclass(frozen=True)
class MappingSettings:
    """The properties of a mapping that matter on one machine. -1 retries means for ever, as in Lambda."""

    batch_size: int
    partial: bool
    retries: int
    bisect: bool
    filters: tuple[RecordFilter, ...]
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
            filters=tuple(RecordFilter(one["Pattern"]) for one in filters),
            on_failure=destination,
            window=float(properties.get("MaximumBatchingWindowInSeconds") or 0),
        )

    def wants(self, record: dict[str, Any]) -> bool:
        return not self.filters or any(each.matches(record) for each in self.filters)

    def may_want(self, summary: dict[str, Any]) -> bool:
        """Of a change of which nothing but its name and the item's keys is known yet."""
        return not self.filters or any(each.may_match(summary) for each in self.filters)

    @property
    def needs_images(self) -> bool:
        return any(each.needs_images for each in self.filters)


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
