"""Every minute: queues the deliveries whose time for another attempt has come."""

from typing import Any

from batua import clock
from batua.events.requeue import requeue_due
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    return {"queued": requeue_due(store(), clock.system())}
