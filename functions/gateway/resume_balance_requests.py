"""Every ten minutes: carries on balance requests whose execution was lost."""

from typing import Any

from batua import clock
from batua.gateway.recovery import resume_stalled_requests
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    return {"resumed": len(resume_stalled_requests(store(), clock.system()))}
