"""Every hour: anchors the days that have ended, so that nobody can rewrite them.

There is something to do once a day; the other runs finish what the first had no time for.
"""

from typing import Any

from batua import clock, observe
from batua.archive.anchor import anchor_history
from batua.archive.bucket import archive_bucket
from batua.archive.steps import time_left
from batua.settings import settings
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    run = anchor_history(
        store(), archive_bucket(), clock.system(), time_left(context), lock_days=settings().anchor_lock_days
    )
    counts = {"day": run.day, "behind": run.behind, "tenants": run.tenants, "entries": run.entries, "late": run.late}
    observe.log().info("history anchored", extra=counts)
    observe.tally(DaysNotAnchored=run.behind)
    return counts
