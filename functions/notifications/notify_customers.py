"""The queue of events that customers are notified of: one text message for each, where the program sends them."""

from typing import Any

from batua.notifications.customer_events import consume_customer_events
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return consume_customer_events(store(), event)
