"""Which request gets the worker that has become idle."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .pool import Worker

READS_FIRST_SECONDS: Final = 0.1
"""A write that has waited longer goes before the reads."""


def is_read(event: Any) -> bool:
    """Whether an event of the HTTP API only reads. Reads are short, and somebody looks at a screen meanwhile."""
    context = event.get("requestContext") if isinstance(event, dict) else None
    http = context.get("http") if isinstance(context, dict) else None
    return isinstance(http, dict) and http.get("method") in ("GET", "HEAD")


class _Waiting:
    """A request without a worker yet."""

    def __init__(self) -> None:
        self.since = time.monotonic()
        self.here = threading.Event()
        self.worker: Worker | None = None


class IdleWorkers:
    """A worker that becomes idle is handed to the request that has waited longest, reads first.

    It is never up for the quickest to take: whoever has just been answered would often be that, and the others would
    wait on.
    """

    def __init__(self) -> None:
        self._changed = threading.Lock()
        self._idle: list[Worker] = []
        self._reads: deque[_Waiting] = deque()
        self._writes: deque[_Waiting] = deque()

    def take(self, patience: float, *, read: bool, while_: Callable[[], bool]) -> Worker | None:
        """The worker that was idle last, whose memory is warm, or the next that becomes idle. None where `while_`,
        which is asked each time so many seconds have passed, says not to wait."""
        waiting = _Waiting()
        queue = self._reads if read else self._writes
        with self._changed:
            if self._idle:
                return self._idle.pop()
            queue.append(waiting)
        while not waiting.here.wait(patience):
            if while_():
                continue
            with self._changed:
                if waiting.worker is None:
                    queue.remove(waiting)
            break
        return waiting.worker

    def give(self, worker: Worker) -> None:
        with self._changed:
            waiting = self._next()
            if waiting is None:
                self._idle.append(worker)
                return
            waiting.worker = worker
        waiting.here.set()

    def _next(self) -> _Waiting | None:
        late = bool(self._writes) and time.monotonic() - self._writes[0].since > READS_FIRST_SECONDS
        if self._reads and not late:
            return self._reads.popleft()
        return self._writes.popleft() if self._writes else None
