"""Gives requests to workers, and runs them here while no worker is there."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

from botocore.exceptions import ClientError

from local.json_text import read_json, write_json
from local.model import Platform
from local.runner import FunctionError, FunctionTimeoutError

from .idle import IdleWorkers, is_read
from .messages import Ask, Failed, Ran, Ready, Run, Start, Told, portable

LOG = logging.getLogger("local.workers")
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 0.25
"""Seconds in which no worker has become idle, after which a request waits for none: their functions may themselves wait
for a request to this very machine. Then this process runs it."""
_END_SECONDS = 5.0
_GRACE_SECONDS = 1.0
"""Beyond a function's timeout, until its worker is stopped: one that ends late tells so itself."""

Invoke = Callable[[str, Any], Any]


class Services(Protocol):
    """What workers need of the embedded AWS."""

    def call_for(self, bearer: str, service: str, operation: str, params: dict[str, Any]) -> Any: ...

    def records_kept(self, counts: dict[str, int] | None) -> None: ...


class WorkerEndedError(Exception):
    """A worker's process is gone."""


class Worker:
    """One process. `start` returns when it can run functions."""

    def __init__(self, services: Services, claim: int | None) -> None:
        self._services = services
        ours, theirs = socket.socketpair()
        lifeline, self._lifeline = os.pipe()
        self._line = Connection(ours.detach())
        try:
            self._process = _spawn(theirs.fileno(), lifeline, claim)
        finally:
            theirs.close()
            os.close(lifeline)

    def start(self, start: Start) -> None:
        """Raises `WorkerEndedError`."""
        self._line_sends(start)
        if not isinstance(self._line_gives(), Ready):
            raise WorkerEndedError

    def invoke(self, platform: Platform, function: str, event: Any) -> Any:
        """As `Runner.invoke`. Raises `WorkerEndedError` too, which is the cause where the function was stopped."""
        self._line_sends(Run(function, write_json(event)))
        began, timeout = time.monotonic(), platform.functions[function].timeout
        while True:
            if not self._line.poll(max(0.0, began + timeout + _GRACE_SECONDS - time.monotonic())):
                self._process.kill()
                seconds = time.monotonic() - began
                raise FunctionTimeoutError(platform.functions[function], seconds) from WorkerEndedError()
            said = self._line_gives()
            if said.kept:
                self._services.records_kept(said.kept)
            match said:
                case Ask():
                    self._line_sends(self._told(said))
                case Ran():
                    return read_json(said.result)
                case Failed(seconds=float(seconds)):
                    raise FunctionTimeoutError(platform.functions[function], seconds)
                case Failed():
                    raise FunctionError(said.kind, said.message, said.trace)

    def release(self) -> None:
        """Lets it end once it has done what it does."""
        self._line.close()

    def close(self) -> None:
        """Waits until it has ended, and no longer than some seconds."""
        self.release()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._lifeline)

    def _told(self, ask: Ask) -> Told:
        try:
            return Told(portable(self._services.call_for(ask.bearer, ask.service, ask.operation, ask.params)))
        except ClientError as error:
            return Told(refused=dict(error.response))
        except Exception as error:
            LOG.error("%s of %s failed", ask.operation, ask.service, exc_info=error)
            return Told(error=f"{type(error).__name__}: {error}")

    def _line_sends(self, message: Any) -> None:
        try:
            self._line.send(message)
        except OSError as error:
            raise WorkerEndedError from error

    def _line_gives(self) -> Any:
        try:
            return self._line.recv()
        except (EOFError, OSError) as error:
            raise WorkerEndedError from error


class Workers:
    """A worker has one request at a time, and a request the worker that was idle last: its memory is warm.

    `here` runs a function in this process. `claim` is the lock on the store's file: it holds until the last of the
    workers has ended too.
    """

    def __init__(self, number: int, start: Start, services: Services, here: Invoke, claim: int | None = None) -> None:
        self._start, self._services, self._here, self._claim = start, services, here, claim
        self._idle = IdleWorkers()
        self._changed = threading.Lock()
        self._all: list[Worker] = []
        self._closed = False
        self._released_at = 0.0
        for _ in range(number):
            threading.Thread(target=self._add, name="worker-start", daemon=True).start()

    @property
    def ready(self) -> int:
        """How many have started."""
        return len(self._all)

    def invoke(self, function: str, event: Any) -> Any:
        """As `Runner.invoke`. A worker that ends meanwhile is replaced, and the function has failed, as on Lambda."""
        worker = self._take(read=is_read(event))
        if worker is None:
            return self._here(function, event)
        try:
            result = worker.invoke(self._start.platform, function, event)
        except WorkerEndedError as error:
            self._replace(worker)
            raise FunctionError("Runtime.ExitError", f"the worker of {function} ended") from error
        except FunctionError as error:
            if isinstance(error.__cause__, WorkerEndedError):
                self._replace(worker)
            else:
                self._release(worker)
            raise
        except BaseException:
            self._replace(worker)  # nobody knows what it waits for
            raise
        self._release(worker)
        return result

    def close(self) -> None:
        with self._changed:
            self._closed = True
            workers, self._all = self._all, []
        for worker in workers:
            worker.release()
        for worker in workers:
            worker.close()

    def _take(self, *, read: bool = False) -> Worker | None:
        return self._idle.take(PATIENCE, read=read, while_=self._are_moving) if self._all else None

    def _are_moving(self) -> bool:
        return bool(self._all) and time.monotonic() - self._released_at <= PATIENCE

    def _release(self, worker: Worker) -> None:
        self._released_at = time.monotonic()
        self._idle.give(worker)

    def _add(self) -> None:
        try:
            worker = Worker(self._services, self._claim)
        except OSError as error:
            LOG.error("a worker can't be started: %s", error)
            return
        try:
            worker.start(self._start)
        except WorkerEndedError:
            LOG.error("a worker did not start; requests are answered without it")
            worker.close()
            return
        with self._changed:
            if not self._closed:
                self._all.append(worker)
                self._release(worker)
                return
        worker.close()

    def _replace(self, worker: Worker) -> None:
        with self._changed:
            if self._closed:
                return
            self._all.remove(worker)
        LOG.error("a worker ended unexpectedly; another one starts")
        worker.close()
        self._services.records_kept(None)
        threading.Thread(target=self._add, name="worker-start", daemon=True).start()


def _spawn(line: int, lifeline: int, claim: int | None) -> subprocess.Popen[bytes]:
    """In a process group of its own: Ctrl-C on the terminal is for the main process."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(
        [sys.executable, "-m", "local.workers.process", str(line), str(lifeline)],
        stdin=subprocess.DEVNULL,
        stdout=2,
        pass_fds=(line, lifeline) if claim is None else (line, lifeline, claim),
        env={**os.environ, "PYTHONPATH": path},
        process_group=0,
    )
