"""What the main process and a worker say to each other, pickled, over a socket that only these two have.

The main process sends `Start` once and then `Run`. Until the worker sends `Ran` or `Failed` it may send `Ask`, and is
sent `Told` for each.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.response import StreamingBody

from local.model import Platform


@dataclass(frozen=True, slots=True)
class Start:
    """`store` is the shared database, `offset` that of its sequence of records."""

    platform: Platform
    core: Path | None
    store: Path
    offset: int
    on_terminal: bool


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker can run functions."""


@dataclass(frozen=True, slots=True)
class Run:
    """`event` is JSON."""

    function: str
    event: str


@dataclass(frozen=True, slots=True)
class Ran:
    """`result` is JSON. `kept` counts the stream records that were kept, by mapping."""

    result: str
    kept: dict[str, int]


@dataclass(frozen=True, slots=True)
class Failed:
    """As `FunctionError` tells it; `seconds` where the function took longer than it may."""

    kind: str
    message: str
    trace: list[str]
    seconds: float | None
    kept: dict[str, int]


@dataclass(frozen=True, slots=True)
class Ask:
    """A call of a service, by the function `bearer`."""

    bearer: str
    service: str
    operation: str
    params: dict[str, Any]
    kept: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """The answer of a service, what it refused (`refused`, in its own form), or what else went wrong."""

    answer: Any = None
    refused: dict[str, Any] | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class _Streamed:
    content: bytes


def portable(value: Any) -> Any:
    """Files and streams in parameters and answers as bytes: what is open here can't be read there."""
    if isinstance(value, StreamingBody):
        return _Streamed(value.read())
    if isinstance(value, dict):
        return {name: portable(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [portable(each) for each in value]
    return value.read() if hasattr(value, "read") else value


def arrived(value: Any) -> Any:
    """An answer with its streams again."""
    if isinstance(value, dict):
        return {name: arrived(each) for name, each in value.items()}
    if isinstance(value, _Streamed):
        return StreamingBody(io.BytesIO(value.content), len(value.content))
    return value
