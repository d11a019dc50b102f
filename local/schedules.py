"""The schedules of a platform that is left running: functions that run at a rate. Times of a calendar are not kept.

The embedded AWS runs a schedule when it is told to, which tests want; whoever runs the platform wants what is due done.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

from local.model import Platform

LOG = logging.getLogger("local.schedules")
_RATE: Final = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_SECONDS: Final = {"minute": 60, "hour": 3_600, "day": 86_400}

Run = Callable[[str, str], Any]
"""Runs a function's schedule: logical id and the name of its event."""


@dataclass
class _Schedule:
    function: str
    event: str
    every: float
    next: float


class Schedules:
    """`with Schedules(platform, run):` runs what is due, one after another. A failure is logged, the rest goes on."""

    def __init__(self, platform: Platform, run: Run, clock: Callable[[], float] = time.monotonic) -> None:
        self._run, self._clock = run, clock
        self._all = [
            _Schedule(function.logical_id, event.name, every, clock() + every)
            for function in platform.functions.values()
            for event in function.events
            if event.type == "Schedule" and (every := _seconds(str(event.properties["Schedule"])))
        ]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="schedules", daemon=True)

    def tick(self) -> list[str]:
        """Runs what is due. Returns the functions that were run."""
        due = [each for each in self._all if self._clock() >= each.next]
        for each in due:
            each.next = self._clock() + each.every
            try:
                self._run(each.function, each.event)
            except Exception:
                LOG.exception("the schedule of %s failed", each.function)
        return [each.function for each in due]

    def _loop(self) -> None:
        while not self._ended.wait(1):
            self.tick()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(timeout=5)


def _seconds(expression: str) -> float | None:
    """Of `rate(5 minutes)`; None for what is no rate."""
    found = _RATE.fullmatch(expression)
    return int(found[1]) * _SECONDS[found[2]] if found else None
