"""`python -m local.workers.process SOCKET LIFELINE`: a worker, which `local.workers.pool` starts and ends.

It ends with the main process: at once when that is killed, after the function that runs when it closes the socket.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from local.aws.worker import ServiceRefused, WorkerAws
from local.runner import RUNNING, FunctionError, FunctionTimeoutError, Runner
from local.terminal import TerminalLog, log_to_stderr

from .messages import Ask, Failed, Ran, Ready, Run, Start, Told, arrived, portable


def main() -> NoReturn:
    line = Connection(int(sys.argv[1]))
    threading.Thread(target=_end_with_parent, args=(int(sys.argv[2]),), daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the main process lets it end
    with contextlib.suppress(EOFError, ConnectionError):
        start: Start = line.recv()
        sys.stdout = TerminalLog(sys.stderr) if start.on_terminal else sys.stderr
        log_to_stderr(start.on_terminal)
        _Worker(line, start).serve()
    sys.stderr.flush()
    os._exit(0)  # there is nothing to put away, and a library's own way out takes a while


class ServiceFailedError(Exception):
    """A call could not be answered at all: the main process has written why to its log."""


class _Worker:
    def __init__(self, line: Connection, start: Start) -> None:
        self._line = line
        self._one_asks = threading.Lock()
        self._runner = Runner(start.platform, start.core)
        self._aws = WorkerAws(start.platform, start.store, start.offset, self._ask)

    def serve(self) -> None:
        self._runner.load("HttpApi")
        from batua.aws import client  # known now that the runner is there

        client("dynamodb")
        self._line.send(Ready())
        while True:
            run: Run = self._line.recv()
            self._line.send(self._run(run))

    def _run(self, run: Run) -> Ran | Failed:
        try:
            result = self._runner.invoke_text(run.function, run.event)
        except FunctionError as error:
            seconds = error.seconds if isinstance(error, FunctionTimeoutError) else None
            return Failed(error.kind, error.message, error.trace, seconds, self._aws.take_kept())
        return Ran(result, self._aws.take_kept())

    def _ask(self, service: str, operation: str, params: dict[str, Any]) -> Any:
        with self._one_asks:  # a function may call from several threads
            self._line.send(Ask(RUNNING.get() or "", service, operation, portable(params), self._aws.take_kept()))
            told: Told = self._line.recv()
        if told.refused is not None:
            raise ServiceRefused(told.refused)
        if told.error is not None:
            raise ServiceFailedError(told.error)
        return arrived(told.answer)


def _end_with_parent(lifeline: int) -> None:
    os.read(lifeline, 1)  # nobody writes: it returns when the other end is gone
    os._exit(1)


if __name__ == "__main__":
    main()
