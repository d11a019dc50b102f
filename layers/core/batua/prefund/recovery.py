"""Finds prefund requests that no execution carries any more, and starts a new one for each.

The record is the truth and an execution only carries it, so losing one must never lose a request: a crash between the
commit and the start, an execution that ended without an outcome, or one that ran out of history after many months.
"""

from __future__ import annotations

from typing import Final

from .. import clock, ids, observe
from ..errors import Problem
from ..store import prefund_keys as keys
from ..store.keys import Mode
from ..store.store import Cancelled, Record, Store
from . import execution, record
from .record import WORKFLOW, Prefund, read_prefund

_CARRIED: Final = frozenset({"draft", "submitted", "under_review", "clarification", "approved"})
"""Statuses in which an execution has work to do. A failed settlement waits for a person."""
_GRACE_MS: Final = 15 * 60 * 1000
"""An execution that has just moved, or is about to wake, is left alone."""
_LOOK_BACK_MS: Final = 400 * clock.DAY_MS


def resume_stalled_prefunds(store: Store, now: int) -> list[str]:
    """Starts an execution for every open request that has none. Returns the ids of these requests."""
    modes: tuple[Mode, ...] = ("live", "test")
    resumed = []
    for mode in modes:
        for request, position in _open_requests(store, mode, now):
            if _is_moving(request, position, now) or execution.is_prefund_running(request.execution):
                continue
            if _resume(store, request, now):
                resumed.append(request.id)
    return resumed


def _open_requests(store: Store, mode: Mode, now: int) -> list[tuple[Prefund, Record | None]]:
    partition = keys.all_prefunds_partition(mode)
    since = clock.iso(now - _LOOK_BACK_MS)
    rows = store.query_all("directory", partition, index="by_name", since=since)
    requests = [read_prefund(row) for row in rows if row["st"] in _CARRIED]
    # The index may lag behind: what is acted upon is read strongly.
    found = store.read([request.key for request in requests])
    current = [read_prefund(row) for row in found.values() if row is not None and row["st"] in _CARRIED]
    positions = store.read([keys.prefund_workflow_key(request.id) for request in current])
    return [(request, positions[keys.prefund_workflow_key(request.id)]) for request in current]


def _is_moving(request: Prefund, position: Record | None, now: int) -> bool:
    if now < request.since + _GRACE_MS:
        return True
    if position is None or position["exec"] != request.execution:
        return False
    moves_at: int = max(position["since"], position.get("wakes", 0))
    return now < moves_at + _GRACE_MS


def _resume(store: Store, request: Prefund, now: int) -> bool:
    """Names a new execution on the record, then starts it; a request that somebody changed meanwhile is left alone."""
    name = execution.new_prefund_execution(request.id)
    try:
        store.commit(record.prefund_change(request, "resume", WORKFLOW, now, exec=name), caller=ids.new_id("req"))
        execution.launch_prefund(request.id, name)
    except Cancelled:
        return False
    except Problem as fault:
        observe.log().error("a prefund request could not be resumed", extra={"prefund": request.id, "why": str(fault)})
        return False
    observe.log().warning("a prefund request was resumed", extra={"prefund": request.id, "execution": name})
    return True
