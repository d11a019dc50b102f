"""Every five minutes: the reports on customers that are due are brought up to date."""

from typing import Any

from batua import clock
from batua.rewards.customer_survey import survey_customers
from batua.store.store import store

_RESERVE_MS = 30_000


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    def time_left() -> bool:
        return bool(context.get_remaining_time_in_millis() > _RESERVE_MS)

    return {"reports": survey_customers(store(), clock.system(), time_left=time_left)}
