"""Every hour: carries on deletions of accounts that are overdue and whose execution was lost."""

from typing import Any

from batua import clock
from batua.auth.deletion_recovery import resume_overdue_deletions
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    return {"resumed": len(resume_overdue_deletions(store(), clock.system()))}
