"""The embedded AWS of the local platform: DynamoDB on SQLite, moto with its traps closed for the other services.

    with start(platform, runner) as aws:
        ...                       # botocore clients that are made from here on reach it
        aws.drain()               # streams, queues and events are delivered

Which trap is closed where:

| module | closes |
|---|---|
| `dynamodb/`, `database` | DynamoDB itself, kept in memory or in a file; `intercept` answers botocore with it |
| `authorization` | IAM: calls of a function are judged by its role |
| `limits` | sizes of messages, events and inputs |
| `functions` | Lambda without containers |
| `workflows` | Step Functions: causes, string outputs, clients |
| `bus` | rules to functions and state machines, schedules |
| `streams`, `queues` | event source mappings, which moto serves only from its server, or on the caller's thread |
| `dynoxide` | the other engine |
| `worker` | what of all this a worker has: the table itself, and the other services from the main process |
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.model import Platform

from .database import DatabaseInUse, DatabaseUnreadable
from .imports import leave_out_unused
from .meter import Call, Meter, Recording
from .patching import UnsupportedMoto

if TYPE_CHECKING:
    from .dynoxide import DynoxideMissing
    from .embedded import EmbeddedAws, StillBusy, Store
    from .functions import Runner
    from .resources import UnsupportedResource

leave_out_unused()  # no module above imports what it is about; those that are imported from here on do

__all__ = [
    "Call",
    "DatabaseInUse",
    "DatabaseUnreadable",
    "DynoxideMissing",
    "EmbeddedAws",
    "Meter",
    "Recording",
    "Runner",
    "StillBusy",
    "Store",
    "UnsupportedMoto",
    "UnsupportedResource",
    "start",
]


def start(
    platform: Platform,
    runner: Runner,
    store: Store = "memory",
    data_file: Path | None = None,
    *,
    retry_after: float = 0.2,
    shared: bool = False,
) -> EmbeddedAws:
    """Starts it, creates every resource of the platform and connects the functions to what invokes them.

    `runner(logical_id, event)` runs a function in this process and raises what the function raises. It is called from
    several threads. `data_file` is where the stores `file` and `dynoxide` keep the tables; `memory` needs none.
    `retry_after` stands for the visibility timeout of a message whose function failed, in seconds. `shared` lets
    workers join the tables.
    """
    from .embedded import EmbeddedAws

    return EmbeddedAws(platform, runner, store, data_file, retry_after, shared=shared)


_WITH_MOTO = {
    "DynoxideMissing": "dynoxide",
    "EmbeddedAws": "embedded",
    "StillBusy": "embedded",
    "Store": "embedded",
    "Runner": "functions",
    "UnsupportedResource": "resources",
}
"""Imported when they are asked for: moto takes a second, and workers have no use for it."""


def __getattr__(name: str) -> Any:
    if name not in _WITH_MOTO:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(f".{_WITH_MOTO[name]}", __name__), name)
