"""The step of `market_order.asl.json` that places an order with its vendor, or asks what became of it."""

from typing import Any

from batua import clock
from batua.marketplace import carrying
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> carrying.OrderOutlook:
    return carrying.advance_order(store(), event, clock.system())
