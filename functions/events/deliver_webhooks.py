"""The queue of attempts: events sent to webhook endpoints."""

from typing import Any

from batua.events.deliver import consume_attempts
from batua.observe import traced
from batua.store.store import store


@traced
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Makes a batch of attempts; answers which messages are to come again."""
    return consume_attempts(store(), event)
