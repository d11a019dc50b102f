"""The tables' streams: what has happened reaches webhooks, the watch for fraud, customers, their passes and the bus."""

from functools import lru_cache
from typing import Any

from batua.events.consuming import EventConsumer
from batua.events.publish import publish_changes
from batua.observe import traced
from batua.queues import failed_items
from batua.settings import settings
from batua.store.store import store


@traced
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Publishes a batch of changes; answers which of them are to come again."""
    return failed_items(publish_changes(store(), event, _consumers(), _on_bus()))


@lru_cache(maxsize=1)
def _consumers() -> tuple[EventConsumer, ...]:
    from batua.events.route import route_events
    from batua.fraud.watch import check_movements, is_watched
    from batua.notifications.customer_events import concerns_customer, notify_customers_unsigned
    from batua.passes.updates import concerns_pass, defer_pass_updates

    known = settings()
    return (
        EventConsumer(lambda event: True, route_events, known.routing_queue),
        EventConsumer(is_watched, check_movements, known.activity_queue),
        EventConsumer(concerns_customer, notify_customers_unsigned, known.customer_notices_queue),
        EventConsumer(concerns_pass, defer_pass_updates, known.pass_updates_queue),
    )


@lru_cache(maxsize=1)
def _on_bus() -> frozenset[str] | None:
    """The types that people are notified of, by a rule on the bus; None for all, where the deployment has its own."""
    if settings().events_on_bus == "all":
        return None
    from batua.notifications.notices import NOTICES

    return frozenset(NOTICES)
