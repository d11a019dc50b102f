"""The queue of events that people are notified of: one notification a person, in the application and by message."""

from typing import Any

from batua.notifications.deliver import consume_notifications
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return consume_notifications(store(), event)
