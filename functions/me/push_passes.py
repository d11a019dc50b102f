"""The queue of events that change what passes show: phones are told, by Apple and Google."""

from typing import Any

from batua.observe import traced
from batua.passes.updates import consume_pass_events
from batua.store.store import store


@traced
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return consume_pass_events(store(), event)
