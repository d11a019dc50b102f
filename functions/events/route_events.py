"""The queue of events that could not be routed as they were published: a delivery for each of their endpoints."""

from typing import Any

from batua.events.route import consume_routing
from batua.observe import traced
from batua.store.store import store


@traced
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Routes a batch of events; answers which messages are to come again."""
    return consume_routing(store(), event)
