"""The step of `prefund_request.asl.json` that reads the record, and reminds whoever keeps it waiting."""

from typing import Any

from batua import clock
from batua.prefund import carrying
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    return carrying.follow_up(store(), event, clock.system())
