"""Which request gets the worker that has become idle: the one that waited longest, reads first, none for ever."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from local.workers import idle
from local.workers.idle import IdleWorkers, is_read
from tests.waiting import until


class Queue:
    """Requests that wait in threads of their own; `served` has their names in the order in which they got a worker."""

    def __init__(self) -> None:
        self.workers = IdleWorkers()
        self.served: list[str] = []
        self.threads: list[threading.Thread] = []

    def wait(self, name: str, *, read: bool) -> None:
        waiting = self.workers._reads if read else self.workers._writes
        before = len(waiting)

        def request() -> None:
            worker = self.workers.take(60, read=read, while_=lambda: True)
            self.served.append(name)
            assert worker is not None
            self.workers.give(worker)

        self.threads.append(threading.Thread(target=request, daemon=True))
        self.threads[-1].start()
        until(lambda: len(waiting) > before)

    def serve(self) -> list[str]:
        """One worker serves all that wait."""
        self.workers.give(object())  # type: ignore[arg-type]
        for thread in self.threads:
            thread.join(10)
        return self.served


@pytest.fixture
def queue() -> Queue:
    return Queue()


def test_who_waits_longest_is_next(queue: Queue) -> None:
    for name in ("first", "second", "third"):
        queue.wait(name, read=False)
    assert queue.serve() == ["first", "second", "third"]


def test_reads_go_before_writes(queue: Queue) -> None:
    queue.wait("issue", read=False)
    queue.wait("redeem", read=False)
    queue.wait("balance", read=True)
    queue.wait("statement", read=True)
    assert queue.serve() == ["balance", "statement", "issue", "redeem"]


def test_a_write_that_has_waited_goes_before_reads(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "READS_FIRST_SECONDS", -1.0)
    queue.wait("issue", read=False)
    queue.wait("balance", read=True)
    assert queue.serve() == ["issue", "balance"]


def test_who_waits_in_vain_gets_none_and_no_worker_is_lost_with_it() -> None:
    workers = IdleWorkers()
    assert workers.take(0.001, read=True, while_=lambda: False) is None
    worker: Any = object()
    workers.give(worker)
    assert workers.take(0.001, read=False, while_=lambda: False) is worker


def test_the_worker_that_was_idle_last_is_taken_first() -> None:
    workers = IdleWorkers()
    cold, warm = object(), object()
    workers.give(cold)  # type: ignore[arg-type]
    workers.give(warm)  # type: ignore[arg-type]
    assert workers.take(1, read=False, while_=lambda: False) is warm


@pytest.mark.parametrize(
    ("event", "read"),
    [
        ({"requestContext": {"http": {"method": "GET"}}}, True),
        ({"requestContext": {"http": {"method": "POST"}}}, False),
        ({"requestContext": None}, False),
        ({"Records": []}, False),
        ([], False),
    ],
)
def test_requests_that_read_are_known_by_their_method(event: Any, read: bool) -> None:
    assert is_read(event) is read
