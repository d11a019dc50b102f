"""The step of `market_order.asl.json` that captures the coins of an order, or gives them back."""

from typing import Any

from batua import clock
from batua.marketplace import settling
from batua.marketplace.carrying import OrderOutlook
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> OrderOutlook:
    return settling.settle_market_order(store(), event, clock.system())
