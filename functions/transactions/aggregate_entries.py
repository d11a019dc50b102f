"""The ledger's stream: adds every new entry to the daily totals, exactly once, and lists customers where they came."""

from typing import Any

from batua import clock
from batua.customers.listing import list_served
from batua.ledger.totals import add_to_totals
from batua.queues import failed_items
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    failed = add_to_totals(store(), event, clock.system())
    return failed_items(dict.fromkeys([*failed, *list_served(store(), event)]))
