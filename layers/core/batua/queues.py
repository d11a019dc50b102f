"""Batches of a queue or a stream: what failed is named, so that it alone comes again.

Powertools' batch processor does the same and would load 90 more modules (40 ms of a start) for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from . import clock, observe
from .settings import settings


def failed_items(ids: Iterable[str]) -> dict[str, Any]:
    """What Lambda is answered: the message ids or sequence numbers that are to be delivered again."""
    return {"batchItemFailures": [{"itemIdentifier": id} for id in ids]}


def consume_messages(
    batch: Mapping[str, Any], consume: Callable[[str], object], failure: str, *, private: bool = False
) -> dict[str, Any]:
    """Passes the body of each message to `consume`, one by one; one that raises fails by itself.

    `failure` is what the log then says, with the message's id. `private`: bodies and faults may hold addresses or
    codes, so the log gets the name of the exception alone.
    """
    failed = []
    for record in batch["Records"]:
        try:
            consume(record["body"])
        except Exception as fault:
            extra = {"message_id": record["messageId"]}
            if private:
                observe.log().error(failure, extra={**extra, "fault": type(fault).__name__})
            else:
                observe.log().exception(failure, extra=extra)
            failed.append(record["messageId"])
    return failed_items(failed)


@dataclass(frozen=True, slots=True)
class Lateness:
    """How a batch of a stream stands for time. What is late waits in queues, whose functions are many."""

    oldest: float
    """When its oldest change was made, in seconds."""
    most_behind: int
    until: float

    @staticmethod
    def of(changes: Iterable[Mapping[str, Any]], *, most_behind: int, working: int) -> Lateness:
        """`most_behind`: how old its oldest change may be; the deployment may say otherwise. `working`: how long the
        batch may be worked on. Both in seconds."""
        now = clock.system() / 1000
        times = (each["dynamodb"].get("ApproximateCreationDateTime", now) for each in changes)
        most_behind = settings().streams_behind_seconds or most_behind
        return Lateness(min(times, default=now), most_behind, time.monotonic() + working)

    @property
    def is_behind(self) -> bool:
        return clock.system() / 1000 - self.oldest > self.most_behind

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.until
