"""From an event to the endpoints: who hears of an event, and a delivery on record for each of them.

Those hear whom it concerns, and the tenants above them whose endpoints ask for the tenants below; the operator, who
runs the deployment and has the bus itself, only of what happens to it. Nobody else: the tenant tree decides, as it is
when the event is routed. A delivery's key is the endpoint and the event: what comes twice is delivered once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .. import clock, observe
from ..identity.tenant import Tenant, read_tenant
from ..store import event_keys, keys
from ..store.store import ConditionFailed, Store
from ..store.writes import ABSENT, Put
from . import attempt_queue, notifications
from .attempt_queue import DeliveryAttempt, NotQueued
from .consuming import consume_queue, each_by_itself
from .event import Event
from .model import (
    WebhookDelivery,
    WebhookEndpoint,
    new_webhook_delivery,
    read_endpoint,
    read_webhook_delivery,
    webhook_delivery_item,
)
from .retry_schedule import LEASE_MS


def consume_routing(store: Store, batch: Mapping[str, Any]) -> dict[str, Any]:
    """Routes a batch of the queue. Answers which messages are to come again."""
    return consume_queue(batch, lambda events: route_events(store, events, clock.system()))


def route_events(store: Store, events: Sequence[Event], now: int) -> list[Event]:
    """Routes events, and queues the first attempts. Returns those that are to be routed again."""
    waiting: dict[str, list[DeliveryAttempt]] = {}
    subscribers = SubscriberCache(store)

    def route(event: Event) -> None:
        waiting[event.id] = route_event(store, subscribers, event, now)

    failed = each_by_itself(events, route, "an event was not routed")
    try:
        attempt_queue.enqueue_attempts([attempt for each in waiting.values() for attempt in each])
    except (BotoCoreError, ClientError, NotQueued):
        observe.log().exception("attempts were not queued")
        failed += [event for event in events if waiting.get(event.id)]
    return failed


@dataclass(slots=True)
class SubscriberCache:
    """Tenants and their endpoints, as a batch finds them."""

    store: Store
    _tenants: dict[str, Tenant | None] = field(default_factory=dict)
    _endpoints: dict[str, list[WebhookEndpoint]] = field(default_factory=dict)

    def tenants(self, ids: list[str]) -> list[Tenant]:
        """Those of them that are there, perhaps as they were a moment ago, which costs half."""
        missing = {id: keys.tenant_key(id) for id in ids if id not in self._tenants}
        if missing:
            found = self.store.read(missing.values(), consistent=False)
            if unknown := [key for key, record in found.items() if record is None]:
                found |= self.store.read(unknown)  # it may have been made a moment ago
            for id, key in missing.items():
                record = found[key]
                self._tenants[id] = read_tenant(record) if record else None
        return [tenant for id in ids if (tenant := self._tenants[id]) is not None]

    def endpoints(self, tenant: str) -> list[WebhookEndpoint]:
        if tenant not in self._endpoints:
            found = self.store.query_all("directory", event_keys.webhook_endpoints_partition(tenant), consistent=True)
            self._endpoints[tenant] = [read_endpoint(record) for record in found]
        return self._endpoints[tenant]


def route_event(store: Store, cache: SubscriberCache, event: Event, now: int) -> list[DeliveryAttempt]:
    """Records a delivery for each endpoint that hears of an event. Returns the first attempts, to be queued."""
    if event.type == "webhook_endpoint.disabled":
        notifications.notify_endpoint_admins(store, event)
    waiting = []
    for endpoint in subscribers(cache, event):
        delivery = _record(store, event, endpoint, now)
        if delivery.status == "pending" and delivery.tries == 0:
            waiting.append(DeliveryAttempt.of(delivery))
    return waiting


def subscribers(cache: SubscriberCache, event: Event) -> Iterator[WebhookEndpoint]:
    """The endpoints that hear of an event."""
    concerned = list(dict.fromkeys((event.tenant, *event.parties)))
    # A path begins with the operator, who does not hear of others.
    above = [each for tenant in cache.tenants(concerned) for each in tenant.path[1:] if each not in concerned]
    for tenant in cache.tenants([*concerned, *dict.fromkeys(above)]):
        is_concerned = tenant.id in concerned
        if not tenant.active or (tenant.kind == "operator" and not is_concerned):
            continue
        for endpoint in cache.endpoints(tenant.id):
            # An endpoint is not notified that it was itself disabled.
            if endpoint.id != event.subject and endpoint.matches(event) and (is_concerned or endpoint.children):
                yield endpoint


def _record(store: Store, event: Event, endpoint: WebhookEndpoint, now: int) -> WebhookDelivery:
    """The delivery on record: this one, or the one that an earlier coming of the event has made."""
    due = now + LEASE_MS if endpoint.status == "active" else None
    delivery = new_webhook_delivery(event, endpoint, now, due)
    try:
        store.write(Put(delivery.key, webhook_delivery_item(delivery), when=ABSENT))
    except ConditionFailed as taken:
        return read_webhook_delivery(taken.item) if taken.item else delivery
    return delivery
