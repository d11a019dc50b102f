"""The Amazon States Language in virtual time, as far as our state machines use it: every run is the same.

It reads the definition that is deployed. A task is a function of its event; an error is known by its class's name; what
is killed inside a task looks like a function that died (`Lambda.Unknown`). `edges` collects every way that was taken.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from botocore.exceptions import ClientError

Task = Callable[[dict[str, Any]], Any]
SECOND = 1000


class Killed(BaseException):
    """The process ended between two steps."""


@dataclass
class Execution:
    name: str
    data: Any
    state: str
    started: str
    entered: str = ""
    status: str = "RUNNING"
    wake: int | None = 0
    token: str | None = None
    timeout: int | None = None
    signalled: bool = False
    error: str | None = None
    """What the task that waits was told to fail with."""
    tries: dict[int, int] = field(default_factory=dict)


class Timed(Protocol):
    """What has the clock of a test."""

    now: int


class Machine:
    """One state machine with all its executions. `tasks` maps `${Placeholder}` to what it runs."""

    def __init__(self, definition: Path, tasks: dict[str, Task], now: Callable[[], int], iso: Callable[[int], str]):
        self.states = json.loads(definition.read_text())
        self.tasks = tasks
        self.now, self.iso = now, iso
        self.executions: dict[str, Execution] = {}
        self.edges: set[str] = set()
        self.inputs: list[str] = []
        self.lose_signals = False

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> None:  # noqa: N803
        assert name not in self.executions, "an execution's name is used once"
        self.inputs.append(input)
        start, at = self.states["StartAt"], self.iso(self.now())
        self.executions[name] = Execution(name, json.loads(input), start, at, at, wake=self.now())

    def describe_execution(self, *, executionArn: str) -> dict[str, str]:  # noqa: N803
        execution = self.executions.get(executionArn.rpartition(":")[2])
        if execution is None:
            raise ClientError({"Error": {"Code": "ExecutionDoesNotExist"}}, "DescribeExecution")
        return {"status": execution.status}

    def send_task_success(self, *, taskToken: str, output: str) -> None:  # noqa: N803
        if self.lose_signals:
            return
        for execution in self.executions.values():
            if execution.token == taskToken and execution.status == "RUNNING":
                execution.signalled = True

    def send_task_failure(self, *, taskToken: str, error: str) -> None:  # noqa: N803
        if self.lose_signals:
            return
        for execution in self.executions.values():
            if execution.token == taskToken and execution.status == "RUNNING":
                execution.signalled, execution.error = True, error

    def due(self) -> list[Execution]:
        """Executions that can go on now."""
        running = (each for each in self.executions.values() if each.status == "RUNNING")
        return [
            each
            for each in running
            if each.signalled or (each.wake is not None and each.wake <= self.now()) or self._late(each)
        ]

    def next_time(self) -> int | None:
        """When the next execution can go on by itself."""
        times = [
            at
            for each in self.executions.values()
            if each.status == "RUNNING"
            for at in (each.wake, each.timeout)
            if at is not None
        ]
        return min(times, default=None)

    def run(self, world: Timed, until: int | None = None) -> None:
        """Lets the executions go on, until an instant or to their end. The world's clock moves with them."""
        for _ in range(100_000):
            if due := self.due():
                for execution in due:
                    self.step(execution)
                continue
            at = self.next_time()
            if at is None or (until is not None and at > until):
                world.now = until if until is not None else world.now
                return
            world.now = max(world.now, at)
        raise AssertionError("the executions do not come to an end")

    def step(self, execution: Execution) -> None:
        """One state of an execution, or the end of its waiting."""
        state = self.states["States"][execution.state]
        if execution.token and (execution.signalled or self._late(execution)):
            error = execution.error if execution.signalled else "States.Timeout"
            execution.token, execution.signalled, execution.timeout, execution.error = None, False, None, None
            if error is not None:
                self._failed(execution, state, error, "")
            else:
                self._leave(execution, state, "signal")
            return
        getattr(self, f"_{state['Type'].lower()}")(execution, state)

    def _late(self, execution: Execution) -> bool:
        return execution.timeout is not None and execution.timeout <= self.now()

    def _task(self, execution: Execution, state: dict[str, Any]) -> None:
        waits = state["Resource"].endswith(".waitForTaskToken")
        parameters = state["Parameters"]
        place = parameters["FunctionName"] if waits else state["Resource"]
        token = f"{execution.name}:{len(self.edges)}:{self.now()}:{sum(execution.tries.values())}"
        event = self._event(execution, parameters["Payload"] if waits else parameters, token)
        execution.wake = None
        if waits:
            execution.token, execution.signalled, execution.error = token, False, None
            seconds = self._path(execution, state["TimeoutSecondsPath"])
            execution.timeout = self.now() + seconds * SECOND
        try:
            result = self.tasks[place](event)
        except Killed:
            self._failed(execution, state, "Lambda.Unknown", "")
        except Exception as error:
            self._failed(execution, state, type(error).__name__, json.dumps({"errorMessage": str(error)}))
        else:
            if not waits:
                self._keep(execution, state, json.loads(json.dumps(result)))
                self._leave(execution, state, "next")

    def _choice(self, execution: Execution, state: dict[str, Any]) -> None:
        for choice in state["Choices"]:
            if self._path(execution, choice["Variable"]) == choice["StringEquals"]:
                self._go(execution, choice["Next"], choice["StringEquals"])
                return
        self._go(execution, state["Default"], "default")

    def _wait(self, execution: Execution, state: dict[str, Any]) -> None:
        self._go(execution, state["Next"], "next", state["Seconds"])

    def _pass(self, execution: Execution, state: dict[str, Any]) -> None:
        self._keep(execution, state, state["Result"])
        self._go(execution, state["Next"], "next")

    def _succeed(self, execution: Execution, state: dict[str, Any]) -> None:
        execution.status, execution.wake = "SUCCEEDED", None
        self.edges.add(f"{execution.state}:end")

    def _fail(self, execution: Execution, state: dict[str, Any]) -> None:
        execution.status, execution.wake = "FAILED", None
        self.edges.add(f"{execution.state}:end")

    def _failed(self, execution: Execution, state: dict[str, Any], error: str, cause: str) -> None:
        execution.token, execution.timeout = None, None
        for number, retry in enumerate(state.get("Retry", [])):
            if not _matches(retry["ErrorEquals"], error):
                continue
            tried = execution.tries.get(number, 0)
            if tried >= retry["MaxAttempts"]:
                break  # the first that matches is the one, used up or not
            execution.tries[number] = tried + 1
            pause = min(retry["IntervalSeconds"] * retry["BackoffRate"] ** tried, retry["MaxDelaySeconds"])
            execution.wake = self.now() + int(pause * SECOND)
            self.edges.add(f"{execution.state}:retry")
            return
        for catch in state.get("Catch", []):
            if _matches(catch["ErrorEquals"], error):
                self._keep(execution, catch, {"Error": error, "Cause": cause})
                self._go(execution, catch["Next"], f"catch {catch['ErrorEquals'][0]}")
                return
        execution.status, execution.wake = "FAILED", None
        self.edges.add(f"{execution.state}:broken")

    def _leave(self, execution: Execution, state: dict[str, Any], why: str) -> None:
        """To the next state, or to the end where this is the last."""
        if state.get("End"):
            execution.status, execution.wake = "SUCCEEDED", None
            self.edges.add(f"{execution.state}:{why}")
        else:
            self._go(execution, state["Next"], why)

    def _go(self, execution: Execution, to: str, why: str, seconds: int = 0) -> None:
        self.edges.add(f"{execution.state}:{why}")
        execution.state, execution.wake = to, self.now() + seconds * SECOND
        execution.entered = self.iso(execution.wake)
        execution.tries = {}

    def _keep(self, execution: Execution, state: dict[str, Any], result: Any) -> None:
        path = state.get("ResultPath", "$")
        if path == "$":
            execution.data = result
        elif path is not None:
            execution.data = {**execution.data, path.removeprefix("$."): result}

    def _event(self, execution: Execution, template: dict[str, Any], token: str) -> dict[str, Any]:
        own = {
            "$$.Execution.Name": execution.name,
            "$$.Execution.StartTime": execution.started,
            "$$.State.EnteredTime": execution.entered,
            "$$.Task.Token": token,
        }
        return {
            name.removesuffix(".$"): own[value] if value in own else self._path(execution, value)
            for name, value in template.items()
        }

    def _path(self, execution: Execution, path: str) -> Any:
        value = execution.data
        for part in path.removeprefix("$.").split("."):
            value = value[part]
        return value


def _matches(names: list[str], error: str) -> bool:
    return "States.ALL" in names or error in names


def all_edges(definition: Path) -> Iterator[str]:
    """Every way through a definition, by name: `State:why`."""
    for name, state in json.loads(definition.read_text())["States"].items():
        if state["Type"] == "Choice":
            yield from (f"{name}:{choice['StringEquals']}" for choice in state["Choices"])
            yield f"{name}:default"
        elif state["Type"] in ("Succeed", "Fail"):
            yield f"{name}:end"
        else:
            waits = str(state.get("Resource", "")).endswith(".waitForTaskToken")
            yield f"{name}:signal" if waits else f"{name}:next"
            yield from (f"{name}:catch {catch['ErrorEquals'][0]}" for catch in state.get("Catch", []))
            yield from (f"{name}:retry" for _ in state.get("Retry", [])[:1])
