"""Every hour: reminders of coins that expire in 30 or 7 days."""

from typing import Any

from batua import clock
from batua.notifications.expiry_reminders import remind_of_expiry
from batua.store.store import store

_RESERVE_MS = 20_000


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    def time_left() -> bool:
        return bool(context.get_remaining_time_in_millis() > _RESERVE_MS)

    return {"reminders": remind_of_expiry(store(), clock.system(), time_left=time_left)}
