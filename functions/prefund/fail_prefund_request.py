"""The step of `prefund_request.asl.json` that records that crediting has failed for good."""

from typing import Any

from batua import clock
from batua.prefund import carrying
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    return carrying.fail(store(), event, clock.system())
