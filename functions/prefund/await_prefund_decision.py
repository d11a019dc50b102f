"""The step of `prefund_request.asl.json` that leaves the token that a decision wakes the workflow by."""

from typing import Any

from batua import clock
from batua.prefund import workflow
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> None:
    workflow.prefund_wait_step(store(), event, clock.system())
