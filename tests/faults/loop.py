"""Concurrent handlers in virtual time, of which exactly one runs at a time.

A task runs until it waits for the network or a pause. Then the task with the earliest wake-up time runs. Randomness
decides only how long things take, so the same seed gives the same run.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from greenlet import getcurrent, greenlet

SECOND = 1_000_000
"""Virtual time is counted in microseconds."""

MOST_TURNS = 200_000


@dataclass(eq=False)
class Task:
    """One run of a handler or a client. `chance` is its own generator, so its faults do not depend on other tasks."""

    name: str
    chance: random.Random
    run: Callable[[], Any]
    calls: int = 0
    turn: Any = None


@dataclass(eq=False)
class Loop:
    """`start` is the instant, in milliseconds since 1970, at which virtual time begins."""

    seed: int
    start: int
    most_turns: int = MOST_TURNS
    elapsed: int = 0
    tick: int = 0
    """A counter of effects: the order of all events."""
    task: Task | None = None
    trace: list[tuple[Any, ...]] = field(default_factory=list)
    _waiting: list[tuple[int, int, Any]] = field(default_factory=list)
    _order: int = 0
    _hub: Any = None

    @property
    def now(self) -> int:
        """The true time in milliseconds; a machine's clock may differ."""
        return self.start + self.elapsed // 1000

    def monotonic(self) -> float:
        return self.elapsed / SECOND

    def chance_of(self, name: str) -> random.Random:
        """A generator derived from a name, independent of the rest of the run."""
        return random.Random(f"{self.seed}/{name}")

    def spawn(self, name: str, run: Callable[[], Any], after: int = 0) -> Task:
        """A new task that first runs after this delay."""
        task = Task(name, self.chance_of(name), run)
        self._wait(after, task)
        return task

    def later(self, after: int, do: Callable[[], Any]) -> None:
        """Schedules a function that makes no calls itself."""
        self._wait(after, do)

    def pause(self, microseconds: int) -> None:
        """Suspends the running task; others run."""
        assert self.task is not None
        self._wait(microseconds, self.task)
        self._hub.switch()

    def sleep(self, seconds: float) -> None:
        self.pause(int(seconds * SECOND))

    def run(self) -> None:
        """Runs until no task is waiting."""
        self._hub = getcurrent()
        turns = 0
        while self._waiting:
            at, _, next_one = heapq.heappop(self._waiting)
            self.elapsed = max(self.elapsed, at)
            if (turns := turns + 1) > self.most_turns:
                raise AssertionError("the run does not come to an end")
            if not isinstance(next_one, Task):
                next_one()
                continue
            self.task = next_one
            if next_one.turn is None:
                next_one.turn = greenlet(next_one.run, parent=self._hub)
            next_one.turn.switch()
            self.task = None

    def _wait(self, microseconds: int, what: Any) -> None:
        self._order += 1
        heapq.heappush(self._waiting, (self.elapsed + max(0, microseconds), self._order, what))
