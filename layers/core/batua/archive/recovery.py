"""Finds out whether the month's sealing is carried by an execution, and starts one where it is not.

The schedule starts `archive_month.asl.json` once a month. That start can be lost, and an execution can end without an
outcome: retries that are used up, a time-out. Every step goes on from what is sealed, so another execution may begin at
any time. What only a person can mend (a missing entry, a damaged object) is left to the alarm.
"""

from __future__ import annotations

from typing import Final

from .. import clock, observe, workflows
from ..settings import settings

_START_DAY: Final = 4
_START_HOUR: Final = 3
"""When the schedule starts a run, UTC; the template says the same."""

_GRACE_MS: Final = 6 * 3_600_000
"""The run that is due is about to begin until then, or the service that starts it is late."""

_MAX_ATTEMPTS: Final = 4
"""Executions of one month that failed, after which nothing is started by itself any more."""

NEEDS_A_PERSON: Final = frozenset({"Faulty", "ContentConflict", "ContentDamaged", "NotSealed"})
"""Errors of the workflow that another execution would end with as well."""


def sealing_due(now: int) -> int:
    """When the last run was due whose grace is over (ms since 1970)."""
    month = clock.local_month(now - _GRACE_MS - _offset_ms(), "UTC")
    return clock.month_start(month, "UTC") + _offset_ms()


def resume_sealing(now: int) -> str | None:
    """Starts a run where none has succeeded or is at work since the last one was due. Returns its name."""
    machine, due = settings().archive_workflow, sealing_due(now)
    runs = workflows.recent_executions(machine, due)
    if any(run.status in ("RUNNING", "PENDING_REDRIVE", "SUCCEEDED") for run in runs):
        return None
    # An execution that somebody aborted was aborted for a reason.
    if any(run.status == "ABORTED" for run in runs) or len(runs) >= _MAX_ATTEMPTS:
        return None
    if runs and workflows.execution_error(machine, runs[0].name) in NEEDS_A_PERSON:
        return None
    # The hour in the name keeps two runs of this function from starting two.
    name = f"seal-{clock.iso(now)[:13].replace(':', '')}"
    workflows.launch_execution(machine, name, {})
    observe.log().warning("the sealing of a month was resumed", extra={"execution": name, "failed": len(runs)})
    return name


def _offset_ms() -> int:
    return (_START_DAY - 1) * clock.DAY_MS + _START_HOUR * 3_600_000
