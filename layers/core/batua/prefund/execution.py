"""The state machine of `prefund_request.asl.json`, from outside: started, resumed, and its present state.

Its input holds ids and seconds, never what a request says.
"""

from __future__ import annotations

import secrets
from typing import Any

from .. import observe, workflows
from ..settings import settings
from ..store import prefund_keys as keys
from ..store.store import Store
from ..store.writes import Put


def start_prefund(request_id: str) -> str:
    """Starts an execution, before the record that names it is written. Returns its name.

    Started in vain it finds no record, or one that names another execution, and ends. Raises SERVICE_UNAVAILABLE where
    nobody can tell whether it was started.
    """
    execution = new_prefund_execution(request_id)
    launch_prefund(request_id, execution)
    return execution


def new_prefund_execution(request_id: str) -> str:
    """A name for an execution that has yet to be started."""
    return f"{request_id}-{secrets.token_hex(4)}"


def launch_prefund(request_id: str, execution: str) -> None:
    """Starts an execution under a name that was chosen before; once it has started, nothing more happens.

    Raises SERVICE_UNAVAILABLE.
    """
    content = {"request": request_id, "wait_seconds": settings().prefund_wait_seconds}
    workflows.launch_execution(settings().prefund_workflow, execution, content)


def is_prefund_running(execution: str) -> bool:
    """Whether an execution of this name is at work."""
    return workflows.is_running(settings().prefund_workflow, execution)


def wake_prefund(store: Store, request_id: str) -> None:
    """Tells the waiting execution to look at the record. A signal may get lost: it looks by itself, only later."""
    key = keys.prefund_workflow_key(request_id)
    try:
        record = store.read([key])[key]
        if record and record.get("token"):
            workflows.resume_execution(record["token"])
    except Exception as fault:
        observe.log().warning(
            "an execution could not be woken", extra={"prefund": request_id, "fault": type(fault).__name__}
        )


def record_position(
    store: Store,
    request_id: str,
    execution: str,
    step: str,
    now: int,
    *,
    token: str | None = None,
    wakes_at: int | None = None,
) -> None:
    """Notes the execution's state, for readers of the request."""
    item: dict[str, Any] = {"exec": execution, "step": step, "since": now, "token": token, "wakes": wakes_at}
    known = {name: value for name, value in item.items() if value is not None}
    store.write(Put(keys.prefund_workflow_key(request_id), known))
