"""What one use sets off on the platform of this machine: every function that runs, what it calls, reads and writes.

The embedded AWS runs in the same process, so its time is taken off: what is left is the function's, with botocore's.
"""

from __future__ import annotations

import contextlib
import io
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from unittest import mock

import requests
from botocore.endpoint import Endpoint

from benchmarks.pricing import Run, Use
from local.aws.dynamodb.engine import DynamoDb
from local.aws.meter import Call
from local.host import LocalPlatform
from local.model import Function
from local.runner import Runner


@dataclass
class _Running:
    """An invocation while it runs. `away` is CPU time that was spent inside the embedded AWS."""

    function: Function
    began: float
    queued: bool = False
    """Whether a queue's message called it: some functions serve a stream as well."""
    away: float = 0.0
    calls: list[str] = field(default_factory=list)
    read_units: float = 0.0
    write_units: float = 0.0
    log_bytes: int = 0

    def ended(self) -> Run:
        milliseconds = 1000 * (time.thread_time() - self.began - self.away)
        function, calls = self.function, tuple(self.calls)
        units = (self.read_units, self.write_units, self.log_bytes)
        return Run(function.logical_id, function.memory, milliseconds, calls, *units, self.queued)


class Watch:
    """Watches the functions of a platform. Nothing else may be sent to it meanwhile."""

    platform: LocalPlatform

    def __init__(self) -> None:
        self._thread = threading.local()
        self._lock = threading.Lock()
        self._runs: list[Run] = []

    def use(self, name: str, act: Callable[[], Traffic], *, rounds: int = 1, count: int = 1) -> Use:
        """Makes a use, `count` of it one after the other, `rounds` times, and waits for what that sets off. The middle
        round is reported."""

        def together() -> Traffic:
            return sum((act() for _ in range(count)), Traffic())

        with contextlib.ExitStack() as stack:
            for patch in self._patches():
                stack.enter_context(patch)
            return replace(_median([self._once(name, together) for _ in range(rounds)]), count=count)

    def _once(self, name: str, act: Callable[[], Traffic]) -> Use:
        aws = self.platform.embedded_aws
        aws.drain(30)
        with self._lock:
            self._runs.clear()
        before = _transitions(aws)
        traffic = act()
        aws.drain(30)
        with self._lock:
            runs = tuple(self._runs)
        answered = tuple(run for run in runs if self._answers(run))
        behind = tuple(run for run in runs if not self._answers(run))
        transitions = _transitions(aws) - before
        return Use(name, traffic.count, answered, behind, transitions, traffic.bytes_in, traffic.bytes_out)

    def _answers(self, run: Run) -> bool:
        """Whether the function answers HTTP requests; the others run behind them."""
        return any(event.type == "HttpApi" for event in self.platform.platform.functions[run.function].events)

    def _patches(self) -> Iterator[Any]:
        watch, meter = self, self.platform.embedded_aws.meter
        handler, count = Runner._handler, meter.ended
        respond = Endpoint._do_get_response  # type: ignore[attr-defined]
        engine = DynamoDb.__call__

        def watched(runner: Runner, function: Function) -> Callable[[Any, Any], Any]:
            inner = handler(runner, function)
            return lambda event, context: watch._run(function, inner, event, context)

        def answered(endpoint: Any, request: Any, operation_model: Any, context: Any) -> Any:
            running: _Running | None = getattr(watch._thread, "running", None)
            if running is None:
                return respond(endpoint, request, operation_model, context)
            running.calls.append(f"{operation_model.service_model.service_name}.{operation_model.name}")
            began = time.thread_time()
            try:
                return respond(endpoint, request, operation_model, context)
            finally:
                running.away += time.thread_time() - began

        def answered_here(database: DynamoDb, operation: str, request: dict[str, Any]) -> dict[str, Any]:
            """DynamoDB answers before a request is sent, so it is not among those that `answered` sees."""
            running: _Running | None = getattr(watch._thread, "running", None)
            if running is None:
                return engine(database, operation, request)
            running.calls.append(f"dynamodb.{operation}")
            began = time.thread_time()
            try:
                return engine(database, operation, request)
            finally:
                running.away += time.thread_time() - began

        def counted(call: Call) -> None:
            if running := getattr(watch._thread, "running", None):
                running.read_units += call.read_units
                running.write_units += call.write_units
            count(call)

        yield mock.patch.object(Runner, "_handler", watched)
        yield mock.patch.object(Endpoint, "_do_get_response", answered)
        yield mock.patch.object(DynamoDb, "__call__", answered_here)
        yield mock.patch.object(meter, "ended", counted)

    def _run(self, function: Function, handler: Callable[[Any, Any], Any], event: Any, context: Any) -> Any:
        running = self._thread.running = _Running(function, time.thread_time(), _is_queued(event))
        try:
            return handler(event, context)
        finally:
            self._thread.running = None
            with self._lock:
                self._runs.append(running.ended())

    @property
    def log(self) -> io.TextIOBase:
        """What stands for standard output: what functions write is counted, and goes nowhere."""
        return _Counted(self._thread)


class _Counted(io.TextIOBase):
    def __init__(self, thread: threading.local) -> None:
        self._of = thread

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if running := getattr(self._of, "running", None):
            running.log_bytes += len(text.encode())
        return len(text)


@dataclass
class Traffic:
    """The HTTP requests of one use: how many, and their bytes."""

    count: int = 0
    bytes_in: int = 0
    bytes_out: int = 0

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(self.count + other.count, self.bytes_in + other.bytes_in, self.bytes_out + other.bytes_out)

    def add(self, answer: requests.Response, expected: int = 200) -> requests.Response:
        if answer.status_code != expected:
            raise RuntimeError(f"{answer.request.url}: {answer.status_code} {answer.text[:300]}")
        self.count += 1
        self.bytes_in += len(answer.request.body or b"") + _headers(answer.request.headers)
        self.bytes_out += len(answer.content) + _headers(answer.headers)
        return answer


def _is_queued(event: Any) -> bool:
    records = event.get("Records") if isinstance(event, dict) else None
    return bool(records) and all(record.get("eventSource") == "aws:sqs" for record in records)


def _headers(headers: Any) -> int:
    return sum(len(name) + len(value) + 4 for name, value in headers.items())


def _transitions(aws: Any) -> int:
    """States that were entered so far by all executions, and the end of each: what Step Functions bills."""
    client, total = aws.client("stepfunctions"), 0
    for machine in client.list_state_machines()["stateMachines"]:
        for execution in client.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]:
            events = client.get_execution_history(executionArn=execution["executionArn"])["events"]
            total += sum(event["type"].endswith("StateEntered") for event in events) + 1
    return total


def _median(uses: list[Use]) -> Use:
    """The use in the middle by what it writes (now and then one pays for a block of the rate limiter), each of its
    functions with the median of its own times."""
    times: dict[str, list[float]] = {}
    for use in uses:
        for run in (*use.answered, *use.behind):
            times.setdefault(run.function, []).append(run.cpu_milliseconds)

    def written(use: Use) -> float:
        return sum(run.write_units for run in (*use.answered, *use.behind))

    def timed(runs: tuple[Run, ...]) -> tuple[Run, ...]:
        return tuple(replace(run, cpu_milliseconds=statistics.median(times[run.function])) for run in runs)

    middle = sorted(uses, key=written)[(len(uses) - 1) // 2]
    return replace(middle, answered=timed(middle.answered), behind=timed(middle.behind))
