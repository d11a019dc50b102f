"""The step of `prefund_request.asl.json` that takes a new request into the staff's queue."""

from typing import Any

from batua import clock
from batua.prefund import workflow
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    return workflow.prefund_submit_step(store(), event, clock.system())
