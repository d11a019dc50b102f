"""Every minute: text messages to customers that waited for the end of quiet hours, and reminders."""

from typing import Any

from batua import clock
from batua.notifications.customer_texts import send_due_customer_texts
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    return {"sent": send_due_customer_texts(store(), clock.system())}
