"""Lambda without containers: a function is run by the platform's own runner, in this process.

moto runs functions in Docker, or (`use_docker: False`) answers every invocation with a happy constant. That one method
is replaced; Step Functions tasks and anything else that calls `lambda:Invoke` come through it.
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Condition, Thread
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda_simple.models import LambdaSimpleBackend

from local.model import Platform

from .patching import Patches

log = logging.getLogger(__name__)

Runner = Callable[[str, dict[str, Any]], Any]
RETRIES = 2


@dataclass(frozen=True)
class Invocation:
    """An asynchronous invocation. `failed` is told when the retries are used up."""

    function: str
    event: dict[str, Any]
    retries: int = RETRIES
    failed: Callable[[Exception], None] | None = None
    target: dict[str, Any] | None = None
    """The target of a rule that it is of, by which `failed` can be made again."""
    number: int | None = None
    """By which it is kept in a store that survives the process."""

    def content(self) -> dict[str, Any]:
        return {"function": self.function, "event": self.event, "retries": self.retries, "target": self.target}


class Functions:
    """Invokes functions: at once, or from a queue as Lambda does for events (two retries, then the dead letter)."""

    def __init__(self, platform: Platform, runner: Runner) -> None:
        self._platform = platform
        self._runner = runner
        self._waiting: deque[Invocation] = deque()
        self._changed = Condition()
        self._running = 0
        self._closed = False
        self.given_up: list[tuple[str, Exception]] = []
        self.keep: Callable[[dict[str, Any]], int] | None = None
        self.forget: Callable[[int], None] | None = None
        self._worker = Thread(target=self._work, name="lambda-events", daemon=True)
        self._worker.start()

    def install(self, patches: Patches) -> None:
        functions = self

        def invoke(
            self: LambdaSimpleBackend, function_name: str, qualifier: str | None, body: Any, headers: Any, answer: Any
        ) -> bytes:
            name = logical_id(function_name)
            functions.require(name, function_name)
            event = json.loads(body or "{}")
            if headers.get("X-Amz-Invocation-Type") == "Event":
                functions.queue(Invocation(name, event))
                return b""
            try:
                return json.dumps(functions.invoke(name, event)).encode()
            except Exception as error:
                answer["x-amz-function-error"] = "Unhandled"
                return json.dumps(_error(error)).encode()

        patches.replace(LambdaSimpleBackend, "invoke", invoke)

    def require(self, name: str, asked: str) -> None:
        if name not in self._platform.functions:
            raise UnknownFunctionException(asked)

    def invoke(self, name: str, event: dict[str, Any]) -> Any:
        return self._runner(name, event)

    def queue(self, invocation: Invocation) -> None:
        if self.keep:
            invocation = replace(invocation, number=self.keep(invocation.content()))
        with self._changed:
            self._waiting.append(invocation)
            self._changed.notify_all()

    @property
    def quiet(self) -> bool:
        with self._changed:
            return not self._waiting and not self._running

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._worker.join(timeout=5)

    def _work(self) -> None:
        while (invocation := self._next()) is not None:
            try:
                self._attempt(invocation)
                if self.forget and invocation.number is not None:
                    self.forget(invocation.number)
            finally:
                with self._changed:
                    self._running -= 1

    def _next(self) -> Invocation | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if self._closed:
                return None
            self._running += 1
            return self._waiting.popleft()

    def _attempt(self, invocation: Invocation) -> None:
        for attempt in range(invocation.retries + 1):
            try:
                self.invoke(invocation.function, invocation.event)
                return
            except Exception as error:
                log.exception("%s failed on attempt %d of an event", invocation.function, attempt + 1)
                last = error
        self.given_up.append((invocation.function, last))
        if invocation.failed:
            invocation.failed(last)


def logical_id(function: str) -> str:
    """Of a name, an ARN, or an ARN with a qualifier."""
    return function.split(":")[6] if function.startswith("arn:") else function.split(":")[0]


def _error(error: Exception) -> dict[str, Any]:
    """What the Python runtime answers when a handler raises. Step Functions matches `errorType`.

    A runner that wraps what a handler raised tells the answer itself (`payload`).
    """
    if callable(payload := getattr(error, "payload", None)):
        return dict(payload())
    return {"errorMessage": str(error), "errorType": type(error).__name__, "requestId": "local", "stackTrace": []}
