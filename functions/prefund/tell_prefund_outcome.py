"""The step of `prefund_request.asl.json` that tells the user who made the request how it ended."""

from typing import Any

from batua import clock
from batua.prefund import workflow
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> None:
    workflow.prefund_notify_step(store(), event, clock.system())
