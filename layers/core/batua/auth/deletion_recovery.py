"""Finds accounts whose erasure is overdue and that no execution carries, and starts one for each.

The right to be forgotten must not depend on one execution that waits for thirty days: it may be stopped, or fail.
"""

from __future__ import annotations

from typing import Final

from .. import clock, observe, workflows
from ..errors import Problem
from ..settings import settings
from ..store import keys
from ..store.store import Store
from . import deletion

_GRACE_MS: Final = 3_600_000
"""An execution that is at work erases within this time."""


def resume_overdue_deletions(store: Store, now: int) -> list[str]:
    """Starts an execution for every overdue deletion that has none. Returns the ids of these deletions."""
    partition, until = keys.open_deletions_partition(), clock.iso(now - _GRACE_MS)
    rows = list(store.query_all("directory", partition, index="by_name", until=until))
    # The index may lag behind: what is acted upon is read strongly.
    found = store.read([keys.Key("directory", row["pk"], row["sk"]) for row in rows])
    overdue = [row for row in found.values() if row is not None and row["state"] in ("scheduled", "erasing")]
    return [id for row in overdue if _resume(id := row["pk"].rpartition("#")[2], row["erase_at"], now)]


def _resume(id: str, erase_at: int, now: int) -> bool:
    # Erasing twice does no harm. The hour in the name keeps runs of the same hour from starting two.
    workflow, name = settings().deletion_workflow, f"{id}-{clock.iso(now)[:13].replace(':', '')}"
    try:
        if workflows.is_running(workflow, id):
            return False
        workflows.launch_execution(workflow, name, deletion.workflow_input(id, erase_at))
    except Problem as fault:
        observe.log().error("a deletion could not be resumed", extra={"deletion": id, "why": str(fault)})
        return False
    observe.log().warning("a deletion was resumed", extra={"deletion": id, "execution": name})
    return True
