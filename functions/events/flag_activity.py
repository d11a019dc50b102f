"""The queue of movements that could not be checked as they were published: suspicious ones are flagged for review."""

from typing import Any

from batua.fraud.watch import consume_movements
from batua.observe import traced
from batua.store.store import store


@traced
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Holds a batch of movements against the rules; answers which messages are to come again."""
    return consume_movements(store(), event)
