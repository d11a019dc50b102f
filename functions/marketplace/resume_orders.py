"""Every five minutes: carries on orders whose execution was lost."""

from typing import Any

from batua import clock
from batua.marketplace.execution import resume_open_orders
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    return {"resumed": len(resume_open_orders(store(), clock.system()))}
