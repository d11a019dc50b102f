"""Every minute: mail and text messages that waited for the end of quiet hours, or for more of the same."""

from typing import Any

from batua import clock
from batua.notifications.deliver import send_due_messages
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    return {"sent": send_due_messages(store(), clock.system())}
