"""Many handlers at once, of which exactly one goes on, in virtual time.

A task runs until it waits: for the network, for a pause, for its turn. Then whoever's time has come first goes on. So
what is chosen by chance is how long everything takes, and the same chances make the same run.
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
    """One run of a handler, or of a client. `chance` is its own: what befalls it hangs on nobody else's luck."""

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
    """How often something has taken effect: the order of all that happened."""
    task: Task | None = None
    trace: list[tuple[Any, ...]] = field(default_factory=list)
    _waiting: list[tuple[int, int, Any]] = field(default_factory=list)
    _order: int = 0
    _hub: Any = None

    @property
    def now(self) -> int:
        """The true time in milliseconds; clocks may show another."""
        return self.start + self.elapsed // 1000

    def monotonic(self) -> float:
        return self.elapsed / SECOND

    def chance_of(self, name: str) -> random.Random:
        """The chance of a name: it stays what it is, whatever else the run is made of."""
        return random.Random(f"{self.seed}/{name}")

    def spawn(self, name: str, run: Callable[[], Any], after: int = 0) -> Task:
        """A new task, whose first turn comes after so long."""
        task = Task(name, self.chance_of(name), run)
        self._wait(after, task)
        return task

    def later(self, after: int, do: Callable[[], Any]) -> None:
        """Something that makes no calls itself."""
        self._wait(after, do)

    def pause(self, microseconds: int) -> None:
        """The running task waits; others go on."""
        assert self.task is not None
        self._wait(microseconds, self.task)
        self._hub.switch()

    def sleep(self, seconds: float) -> None:
        self.pause(int(seconds * SECOND))

    def run(self) -> None:
        """Until nobody waits for anything."""
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
