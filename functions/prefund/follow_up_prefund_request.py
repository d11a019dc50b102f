"""The step of `prefund_request.asl.json` that reads the record, and reminds the person who keeps it waiting."""

from typing import Any

from batua import clock
from batua.prefund import workflow
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    return workflow.prefund_follow_up_step(store(), event, clock.system())
