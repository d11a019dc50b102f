"""The tables' streams: puts what has happened on the bus."""

from typing import Any

from batua.events.publish import publish_changes
from batua.observe import traced
from batua.queues import failed_items
from batua.store.store import store


@traced
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Publishes a batch of changes; answers which of them are to come again."""
    return failed_items(publish_changes(store(), event))
