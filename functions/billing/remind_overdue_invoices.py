"""Each hour: reminds customers of overdue invoices."""

from typing import Any

from batua import clock
from batua.billing import reminders
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    return {"sent": reminders.remind_overdue_invoices(store(), clock.system())}
