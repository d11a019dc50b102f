"""Every ten minutes: carries on prefund requests whose execution was lost."""

from typing import Any

from batua import clock
from batua.prefund.recovery import resume_stalled_prefunds
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    return {"resumed": len(resume_stalled_prefunds(store(), clock.system()))}
