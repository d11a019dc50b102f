"""The state machine of `market_order.asl.json`, from outside.

An order is carried by at least one execution until it is settled. The first has the order's own name; where it is lost
(not started after the commit, or ended without an outcome), the schedule finds the item of the open order and starts
another. Two at once do no harm: an order is sent by one of them at a time, and settled once.
"""

from __future__ import annotations

import secrets
from typing import Final

from .. import observe
from ..errors import Problem
from ..settings import settings
from ..store import market_keys
from ..store.store import Store
from ..workflows import launch_execution

_GRACE_MS: Final = 5 * 60 * 1000
"""An order that was just made, or is about to be looked at, is left alone."""


def start_order(scope: str, order_id: str, suffix: str = "", *, recheck: bool = False) -> bool:
    """Starts an execution for an order whose item is committed. Whether one of this name is there now.

    A failure is not the caller's: the schedule starts what was not started.
    """
    content = {"scope": scope, "order": order_id, "recheck": recheck}
    try:
        launch_execution(settings().market_workflow, f"{order_id}{suffix}", content)
    except Problem:
        observe.log().warning("an order's execution was not started", extra={"order": order_id})
        return False
    return True


def resume_open_orders(store: Store, now: int) -> list[str]:
    """Starts an execution for each open order that none carries. Returns their ids."""
    resumed = []
    for row in store.query_all("directory", market_keys.OPEN_ORDERS_PARTITION, consistent=True):
        if now < max(row["at"], row.get("wakes", 0)) + _GRACE_MS:
            continue
        if start_order(row["scope"], row["sk"], f"-{secrets.token_hex(4)}"):
            observe.log().warning("an order was resumed", extra={"order": row["sk"]})
            resumed.append(row["sk"])
    return resumed
