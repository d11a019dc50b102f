"""Finds balance requests that no execution carries any more, and starts a new one for each; ends waits that go on
although the request was approved.

An execution can end without an outcome: stopped by hand, failed in a step that its definition does not know, or never
started at all. The record is the truth, so a new execution goes on from it. The signal that ends a wait can get lost.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .. import clock, ids, observe, workflows
from ..errors import Problem
from ..settings import settings
from ..store import gateway_keys
from ..store.keys import Mode
from ..store.store import ConditionFailed, Store
from ..store.writes import Condition, Update
from .decisions import end_wait
from .requests import BalanceRequest, read_balance_request, request_changes, start_workflow

_GRACE_MS: Final = 15 * 60_000
"""A request that has just changed is left alone: its execution may be about to start, or to settle."""

_LOOK_BACK_MS: Final = 30 * clock.DAY_MS
"""How long after its time has ended a request is looked for: an approved one is settled within minutes."""


def resume_stalled_requests(store: Store, now: int) -> list[str]:
    """Starts an execution for every open request that has none, and sends approved ones that still wait to settle.
    Returns the ids of these requests."""
    modes: tuple[Mode, ...] = ("live", "test")
    waiting = [request for mode in modes for request in _open_requests(store, mode, now)]
    return [
        request.id
        for request in waiting
        if now >= request.updated_at + _GRACE_MS
        and (
            _signal_again(request)
            if workflows.is_running(settings().balance_workflow, request.execution)
            else _resume(store, request, now)
        )
    ]


def _signal_again(request: BalanceRequest) -> bool:
    """Whether the request was approved: then its execution is sent to settle it, if it still waits."""
    if request.step != "SETTLING":
        return False
    end_wait(request, settled=False)
    return True


def _open_requests(store: Store, mode: Mode, now: int) -> list[BalanceRequest]:
    partition, since = gateway_keys.all_balance_requests_partition(mode), clock.iso(now - _LOOK_BACK_MS)
    rows = store.query_all("directory", partition, index="by_name", since=since)
    listed = [request for request in map(read_balance_request, rows) if request.is_open]
    # The index may lag behind: what is acted upon is read strongly.
    found = store.read([request.key for request in listed])
    return [request for row in found.values() if row is not None and (request := read_balance_request(row)).is_open]


def _resume(store: Store, request: BalanceRequest, now: int) -> bool:
    """Names a new execution on the record, then starts it; a request that somebody changed meanwhile is left alone."""
    resumed = replace(request, execution=ids.new_id("exec", now))
    as_read = Condition(equal={"exec": request.execution, "st": request.status, "step": request.step})
    about = {"request": request.id, "execution": resumed.execution}
    try:
        store.write(Update(request.key, set=request_changes(execution=resumed.execution, updated_at=now), when=as_read))
        start_workflow(resumed)
    except ConditionFailed:
        return False
    except Problem as fault:
        observe.log().error("a balance request could not be resumed", extra={**about, "why": str(fault)})
        return False
    observe.log().warning("a balance request was resumed", extra=about)
    return True
