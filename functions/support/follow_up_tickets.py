"""Every minute: SLA warnings and breaches, reminders to customers, and tickets that close by themselves."""

from typing import Any

from batua import clock
from batua.store.store import store
from batua.support.follow_up import follow_up_tickets


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    return {"steps": follow_up_tickets(store(), clock.system())}
