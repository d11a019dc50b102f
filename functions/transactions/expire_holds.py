"""Every minute: gives back what is held under holds whose time is over."""

from typing import Any

from batua import clock
from batua.observe import log
from batua.operations.hold_expiry import expire_due_holds
from batua.store.store import store

RESERVE_MS = 30_000
"""What is left when no further hold is begun: more than the longest posting takes."""


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    done = expire_due_holds(
        store(), clock.system(), time_left=lambda: context.get_remaining_time_in_millis() > RESERVE_MS
    )
    log().info("holds expired", extra={"expired": done.expired, "ended_before": done.ended_before})
    if done.failed:
        log().error("holds could not be expired", extra={"failed": done.failed})
    return {"expired": done.expired, "ended_before": done.ended_before, "failed": len(done.failed)}
