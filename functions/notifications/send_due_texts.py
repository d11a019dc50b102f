"""Every minute: text messages to customers that waited for the end of quiet hours, and reminders."""

from typing import Any

from batua import clock
from batua.notifications.customer_texts import send_due_customer_texts
from batua.store.store import store

_RESERVE_MS = 65_000
"""Of the timeout of two minutes: a run is over when the next one begins."""


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    def time_left() -> bool:
        return bool(context.get_remaining_time_in_millis() > _RESERVE_MS)

    return {"sent": send_due_customer_texts(store(), clock.system(), time_left=time_left)}
