"""The consumer of the deliveries' queue."""

from typing import Any

from batua.integrations.process import consume_deliveries
from batua.observe import traced


@traced
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Settles the orders of a batch of deliveries; answers which messages are to come again."""
    return consume_deliveries(event)
