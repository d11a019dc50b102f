"""The log of an endpoint: what was sent to it, what came of each attempt, and sending it once more by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from .. import audit_trail, clock, errors, ids
from ..api import cursor
from ..api.endpoint import Call
from ..api.models import parse_instant
from ..api.request import Request
from ..api.styles import Reply
from ..identity.credentials import Claims
from ..store import event_keys as keys
from ..store.keys import Key
from ..store.store import Cancelled, ConditionFailed
from ..store.writes import Condition, Update
from ..tenants.audit_entries import tenant_audit_entry
from . import attempt_queue
from .attempt_queue import DeliveryAttempt, NotQueued
from .model import (
    Attempt,
    WebhookDelivery,
    WebhookEndpoint,
    delivery_state_update,
    pattern_matches,
    read_endpoint,
    read_webhook_delivery,
)
from .models import AttemptOut, ReplayFailed, ReplayResult, WebhookDeliveriesQuery, WebhookDeliveryOut
from .retry_schedule import LEASE_MS

ENDPOINT_NOT_ACTIVE = errors.define(
    "webhook_endpoint_not_active", 409, "The webhook endpoint is paused or disabled. Enable it first."
)

MAX_REPLAYED: Final = 500
"""What one call sends again; the next one goes on."""
_MAX_SCANNED: Final = 1_000
"""Deliveries that one page may look at for what the filters want."""
_PAGE_SIZE: Final = 200


@dataclass(frozen=True, slots=True)
class WebhookDeliveryLookup:
    """An endpoint, and one of its deliveries where the path names one."""

    endpoint: Key
    delivery: Key | None

    @property
    def keys(self) -> list[Key]:
        return [self.endpoint, self.delivery] if self.delivery else [self.endpoint]


def prefetch_webhook_delivery(claims: Claims, content: object, request: Request) -> WebhookDeliveryLookup:
    id, event = request.path["id"], request.path.get("event_id")
    if not ids.is_id(id, "wep") or (event is not None and not ids.is_id(event, "evt")):
        raise errors.NOT_FOUND()
    return WebhookDeliveryLookup(
        keys.webhook_endpoint_key(claims.tenant, id), keys.webhook_delivery_key(id, event) if event else None
    )


def list_webhook_deliveries(call: Call[WebhookDeliveriesQuery]) -> Reply:
    """A page of an endpoint's deliveries, the newest events first."""
    endpoint, query = requested_endpoint(call), call.input
    tenant, filters = (
        call.caller.tenant.id,
        {
            "list": "webhook deliveries",
            "endpoint": endpoint.id,
            "status": query.status,
            "type": query.type,
        },
    )
    after = cursor.open_cursor(tenant, filters, query.cursor) if query.cursor else None
    rows: list[WebhookDelivery] = []
    following = None
    for looked_at, delivery in enumerate(_deliveries_by_time(call, endpoint, after), start=1):
        wanted = query.status in (None, delivery.status) and (
            query.type is None or pattern_matches([query.type], delivery.type)
        )
        if wanted and len(rows) == query.limit:
            following = rows[-1].event
            break
        rows += [delivery] if wanted else []
        if looked_at == _MAX_SCANNED:
            following = delivery.event
            break
    sealed = cursor.seal_cursor(tenant, filters, following) if following else None
    return Reply([webhook_delivery_out(each) for each in rows], meta={"next_cursor": sealed, "limit": query.limit})


def replay_webhook_delivery(call: Call[None]) -> Reply:
    """Sends one event once more, now, whatever came of it before."""
    endpoint = _active_endpoint(call)
    record = call.loaded[call.lookup.delivery]
    if record is None:
        raise errors.NOT_FOUND()
    again, change = _restarted(read_webhook_delivery(record))
    try:
        call.store.commit([change, tenant_audit_entry(call, "webhook replayed", endpoint.id, {"event": again.event})])
    except Cancelled:
        raise errors.VERSION_CONFLICT("An attempt was made just now.") from None
    _enqueue([DeliveryAttempt.of(again)])
    return Reply(webhook_delivery_out(again), "Queued")


def replay_failed_webhooks(call: Call[ReplayFailed]) -> Reply:
    """Sends once more, the earliest first, what was given up or held of the events of a time."""
    endpoint = _active_endpoint(call)
    since, until = _bounds(call)
    audit_trail.record_act(
        call.store, tenant_audit_entry(call, "webhooks replayed", endpoint.id, {"since": call.input.since})
    )
    queued: list[DeliveryAttempt] = []
    next_since = None
    for delivery in _deliveries_between(call, endpoint, since, until):
        if delivery.status not in ("failed", "held") or delivery.type == "webhook.test":
            continue
        if len(queued) == MAX_REPLAYED:
            next_since = json.loads(delivery.body)["created_at"]
            break
        again, change = _restarted(delivery)
        with suppress(ConditionFailed):  # an attempt was made just now
            call.store.write(change)
            queued.append(DeliveryAttempt.of(again))
    _enqueue(queued)
    return Reply(ReplayResult(queued=len(queued), next_since=next_since), "Queued")


def webhook_delivery_out(delivery: WebhookDelivery) -> WebhookDeliveryOut:
    return WebhookDeliveryOut(
        event_id=delivery.event,
        type=delivery.type,
        status=delivery.status,
        reason=delivery.reason,
        attempts=delivery.tries,
        next_attempt_at=clock.iso(delivery.due) if delivery.due is not None and delivery.tries else None,
        log=[attempt_out(each) for each in delivery.attempts],
        event=json.loads(delivery.body),
        created_at=clock.iso(delivery.routed_at),
    )


def attempt_out(attempt: Attempt) -> AttemptOut:
    return AttemptOut(
        at=clock.iso(attempt.at),
        status=attempt.status,
        elapsed_ms=attempt.elapsed_ms,
        failure=attempt.failure,
        answer=attempt.answer,
    )


def requested_endpoint(call: Call[Any]) -> WebhookEndpoint:
    """The endpoint of the path. Raises NOT_FOUND, for another tenant's as well."""
    record = call.loaded[call.lookup.endpoint]
    if record is None:
        raise errors.NOT_FOUND()
    return read_endpoint(record)


def _active_endpoint(call: Call[Any]) -> WebhookEndpoint:
    endpoint = requested_endpoint(call)
    if endpoint.status != "active":
        raise ENDPOINT_NOT_ACTIVE(figures={"status": endpoint.status})
    return endpoint


def _restarted(delivery: WebhookDelivery) -> tuple[WebhookDelivery, Update]:
    """The delivery at the beginning of the schedule, and the write of it, unless an attempt was made meanwhile."""
    again = replace(delivery, status="pending", reason=None, step=0, due=clock.system() + LEASE_MS)
    state = delivery_state_update(again)
    change = Update(
        again.key,
        set={name: value for name, value in state.items() if value is not None},
        remove=("why",),
        when=Condition(equal={"tries": delivery.tries, "status": delivery.status}),
    )
    return again, change


def _enqueue(queued: list[DeliveryAttempt]) -> None:
    """Nudges what is on record. A queue that does not answer is no refusal: what is due is found within minutes."""
    try:
        attempt_queue.enqueue_attempts(queued)
    except (BotoCoreError, ClientError, NotQueued):
        return


def _deliveries_by_time(call: Call[Any], endpoint: WebhookEndpoint, after: str | None) -> Iterator[WebhookDelivery]:
    key = keys.webhook_delivery_key(endpoint.id, after) if after else None
    start: dict[str, Any] | None = {"pk": key.pk, "sk": key.sk} if key else None
    while True:
        page = call.store.query(
            "directory",
            keys.webhook_deliveries_partition(endpoint.id),
            beginning=keys.DELIVERY,
            descending=True,
            limit=_PAGE_SIZE,
            after=start,
        )
        yield from map(read_webhook_delivery, page.items)
        start = page.last
        if start is None:
            return


def _deliveries_between(
    call: Call[Any], endpoint: WebhookEndpoint, since: int, until: int
) -> Iterator[WebhookDelivery]:
    """Deliveries of events of a time, the earliest first. Ids of events begin with their instant."""
    bounds = {
        "since": keys.DELIVERY + ids.earliest_id("evt", since),
        "until": keys.DELIVERY + ids.earliest_id("evt", until + 1),
    }
    return map(
        read_webhook_delivery,
        call.store.query_all("directory", keys.webhook_deliveries_partition(endpoint.id), **bounds),
    )


def _bounds(call: Call[ReplayFailed]) -> tuple[int, int]:
    since = parse_instant(call.input.since, "since")
    until = parse_instant(call.input.until, "until") if call.input.until is not None else clock.system()
    if until < since:
        raise errors.invalid("until", "must not be before since")
    return since, until
