"""A handler's own time: the same request again and again, the network taken away.

Answers of DynamoDB are recorded once and played back inside botocore, before anything is sent. What botocore itself
costs is measured in the same run, by bare calls of the same kind, and taken off.
"""

from __future__ import annotations

import contextlib
import io
import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from local.host import LocalPlatform


@dataclass(frozen=True)
class Own:
    """Medians in milliseconds: the whole call, the bare botocore calls in it, and the difference."""

    name: str
    whole: float
    calls: int
    bare: float

    @property
    def own(self) -> float:
        return max(0.0, self.whole - self.bare)


def measure(platform: LocalPlatform, events: dict[str, dict[str, Any]], rounds: int) -> list[Own]:
    results = []
    for logical_id, event in events.items():
        platform.runner.invoke(logical_id, event)  # warm: modules, secrets, the signing key
        with _recorded() as tape:
            platform.runner.invoke(logical_id, event)
        with _played(tape):
            whole = _median(lambda event=event, name=logical_id: platform.runner.invoke(name, event), rounds)
            bare = _median(lambda tape=tape: _bare(tape), rounds)
        results.append(Own(logical_id, whole, len(tape), bare))
    return results


@dataclass
class Call:
    """One call as it went over the wire, with the arguments that it was made from."""

    operation: str
    arguments: dict[str, Any]
    status: int
    headers: dict[str, str]
    body: bytes


@contextlib.contextmanager
def _recorded() -> Iterator[list[Call]]:
    from batua.aws import client

    tape: list[Call] = []
    dynamodb = client("dynamodb")
    arguments: list[dict[str, Any]] = []

    def before(params: dict[str, Any], **_: Any) -> None:
        arguments.append(dict(params))

    def after(http_response: Any, parsed: Any, model: Any, **_: Any) -> None:
        headers = dict(http_response.headers.items())
        body = json.dumps(parsed, default=_bytes).encode() if not http_response.content else http_response.content
        tape.append(Call(model.name, arguments[-1], http_response.status_code, headers, body))

    dynamodb.meta.events.register("before-parameter-build.dynamodb", before, unique_id="bench-before")
    dynamodb.meta.events.register("after-call.dynamodb", after, unique_id="bench-after")
    try:
        yield tape
    finally:
        dynamodb.meta.events.unregister("before-parameter-build.dynamodb", unique_id="bench-before")
        dynamodb.meta.events.unregister("after-call.dynamodb", unique_id="bench-after")


@contextlib.contextmanager
def _played(tape: list[Call]) -> Iterator[None]:
    from botocore.awsrequest import AWSResponse

    from batua.aws import client

    by_operation = {call.operation: call for call in tape}

    def play(request: Any, event_name: str, **_: Any) -> Any:
        call = by_operation.get(event_name.rpartition(".")[2])
        if call is None:  # now and then the rate limiter leases a block: an answer without content will do
            return AWSResponse(request.url, 200, {}, _Raw(b"{}"))
        return AWSResponse(request.url, call.status, call.headers, _Raw(call.body))

    dynamodb = client("dynamodb")
    dynamodb.meta.events.register_first("before-send.dynamodb", play, unique_id="bench-play")
    try:
        yield
    finally:
        dynamodb.meta.events.unregister("before-send.dynamodb", unique_id="bench-play")


class _Raw(io.BytesIO):
    """What botocore reads a streamed body from."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def _bare(tape: list[Call]) -> None:
    from botocore import xform_name

    from batua.aws import client

    for call in tape:
        with contextlib.suppress(Exception):  # a cancelled transaction is an answer like another here
            getattr(client("dynamodb"), xform_name(call.operation))(**call.arguments)


def _bytes(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _median(call: Callable[[], Any], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return 1000 * statistics.median(times)
