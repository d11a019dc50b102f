"""The ledger's stream: adds every new entry to the daily totals, exactly once."""

from typing import Any

from batua import clock
from batua.ledger.totals import add_to_totals
from batua.queues import failed_items
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return failed_items(add_to_totals(store(), event, clock.system()))
