"""A tenant's webhook endpoints: made, listed, changed, paused, given a new secret, tested and taken away."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..api.request import Request
from ..api.styles import Reply
from ..identity import webhook_signatures
from ..identity.credentials import Claims
from ..identity.sealing import seal_tenant_secret
from ..identity.step_up import require_live_for
from ..settings import settings
from ..store import event_keys as keys
from ..store.keys import Key
from ..store.store import Cancelled, Record
from ..store.versions import at_version
from ..store.writes import ABSENT, Delete, Put, Write
from ..tenants.audit_entries import tenant_audit_entry
from . import deliver, targets
from .delivery_log import attempt_out, requested_endpoint
from .event import Event, sequence_number
from .model import (
    MAX_ENDPOINTS,
    WEBHOOK_SECRET_OVERLAP_MS,
    WebhookDelivery,
    WebhookEndpoint,
    endpoint_item,
    failing_since_text,
    read_endpoint,
    webhook_delivery_item,
)
from .models import (
    CreateEndpoint,
    EndpointChanged,
    EndpointCreated,
    EndpointDeleted,
    EndpointOut,
    TestEventResult,
    UpdateEndpoint,
)

TOO_MANY_ENDPOINTS = errors.define(
    "too_many_webhook_endpoints", 409, "Webhook endpoint limit reached. Delete one you no longer use."
)


@dataclass(frozen=True, slots=True)
class WebhookEndpointLookup:
    """The endpoint that the path names, among the caller's tenant's own, and how it does."""

    endpoint: Key
    health: Key

    @property
    def keys(self) -> list[Key]:
        return [self.endpoint, self.health]


def prefetch_webhook_endpoint(claims: Claims, content: object, request: Request) -> WebhookEndpointLookup:
    id = request.path["id"]
    if not ids.is_id(id, "wep"):
        raise errors.NOT_FOUND()
    return WebhookEndpointLookup(keys.webhook_endpoint_key(claims.tenant, id), keys.webhook_health_key(id))


def create_webhook_endpoint(call: Call[CreateEndpoint]) -> Reply:
    """Makes an endpoint. Its secret is in this answer and in no other."""
    asked, tenant = call.input, call.caller.tenant.id
    require_live_for(asked.mode, call.caller.mode)
    _require_public(asked.url)
    if len(_all(call)) >= MAX_ENDPOINTS:
        raise TOO_MANY_ENDPOINTS()
    id, plain = ids.new_id("wep", call.now), webhook_signatures.new_webhook_secret()
    endpoint = WebhookEndpoint(
        id=id,
        tenant=tenant,
        mode=asked.mode,
        url=asked.url,
        events=tuple(dict.fromkeys(asked.events)),
        secret=seal_tenant_secret(tenant, id, plain),
        created_at=call.now,
        description=asked.description,
        children=asked.include_children,
    )
    _commit_with_audit(
        call, endpoint, "webhook endpoint made", [Put(endpoint.key, endpoint_item(endpoint), when=ABSENT)]
    )
    return Reply(EndpointCreated(**_endpoint_fields(endpoint, None), secret=plain), "Webhook endpoint created")


def list_webhook_endpoints(call: Call[None]) -> Reply:
    """All endpoints of the tenant, oldest first; there are at most twenty."""
    endpoints = _all(call)
    health = call.store.read([each.health_key for each in endpoints])
    rows = [EndpointOut(**_endpoint_fields(each, health[each.health_key])) for each in endpoints]
    return Reply(rows, meta={"next_cursor": None})


def update_webhook_endpoint(call: Call[UpdateEndpoint]) -> Reply:
    """Changes an endpoint. With a new secret, the one before it signs as well for a day."""
    before, asked = requested_endpoint(call), call.input
    require_live_for(before.mode, call.caller.mode)
    if asked.url is not None:
        _require_public(asked.url)
    after = replace(
        before,
        url=asked.url or before.url,
        description=asked.description or before.description,
        events=tuple(dict.fromkeys(asked.events)) if asked.events else before.events,
        children=before.children if asked.include_children is None else asked.include_children,
        version=before.version + 1,
    )
    health = call.loaded[call.lookup.health]
    also: list[Write] = []
    if asked.status:
        after = replace(after, status=asked.status, why_disabled=None, disabled_at=None)
    if asked.status == "active":
        # What failed before is forgotten, or the first new failure would disable it again.
        also, health = [Delete(before.health_key)], None
    plain = webhook_signatures.new_webhook_secret() if asked.rotate_secret else None
    if plain:
        sealed = seal_tenant_secret(before.tenant, before.id, plain)
        after = replace(after, secret=sealed, former=before.secret, former_until=call.now + WEBHOOK_SECRET_OVERLAP_MS)
    what = "webhook endpoint's secret rotated" if plain else "webhook endpoint changed"
    _commit_with_audit(
        call, after, what, [at_version(before.key, before.version).replacement(endpoint_item(after)), *also]
    )
    return Reply(EndpointChanged(**_endpoint_fields(after, health), secret=plain), "Webhook endpoint changed")


def delete_webhook_endpoint(call: Call[None]) -> Reply:
    """Takes an endpoint away. What waits for it is not sent any more."""
    endpoint = requested_endpoint(call)
    require_live_for(endpoint.mode, call.caller.mode)
    writes: list[Write] = [at_version(endpoint.key, endpoint.version).deletion(), Delete(endpoint.health_key)]
    _commit_with_audit(call, endpoint, "webhook endpoint deleted", writes)
    return Reply(EndpointDeleted(id=endpoint.id), "Webhook endpoint deleted")


def test_webhook_endpoint(call: Call[None]) -> TestEventResult:
    """Sends a test event now, once, whatever the endpoint's filters and status, and tells what came of it."""
    endpoint = requested_endpoint(call)
    event = Event(
        id=ids.new_id("evt", call.now),
        type="webhook.test",
        version=1,
        created_at=call.now,
        tenant=endpoint.tenant,
        mode=endpoint.mode,
        subject=endpoint.id,
        sequence=f"{sequence_number(call.now)}#{secrets.token_hex(4)}",
        data={"message": "This is a test: nothing has happened."},
    )
    body = event.body()
    outcome = deliver.attempt_delivery(endpoint, event.id, body)
    made = deliver.attempt_summary(outcome, clock.system())
    kept = WebhookDelivery(
        endpoint=endpoint.id,
        tenant=endpoint.tenant,
        event=event.id,
        type=event.type,
        body=body,
        routed_at=call.now,
        status="delivered" if outcome.delivered else "failed",
        reason=None if outcome.delivered else "tests_are_sent_once",
        tries=1,
        step=1,
        attempts=(made,),
    )
    call.store.write_new(Put(kept.key, webhook_delivery_item(kept), when=ABSENT))
    call.store.write_new(call.act("webhook endpoint tested", endpoint.id))
    return TestEventResult(event_id=event.id, delivered=outcome.delivered, attempt=attempt_out(made))


def _endpoint_fields(endpoint: WebhookEndpoint, health: Record | None) -> dict[str, Any]:
    until = endpoint.former_until if endpoint.former_until > clock.system() else 0
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "description": endpoint.description,
        "events": list(endpoint.events),
        "mode": endpoint.mode,
        "include_children": endpoint.children,
        "status": endpoint.status,
        "disabled_because": endpoint.why_disabled,
        "failing_since": failing_since_text(health),
        "former_secret_until": clock.iso(until) if until else None,
        "created_at": clock.iso(endpoint.created_at),
    }


def _require_public(url: str) -> None:
    try:
        targets.require_public(url, allow_local=settings().webhooks_to_local)
    except targets.TargetRefused as refusal:
        raise errors.invalid("url", refusal.reason) from refusal


def _all(call: Call[Any]) -> Sequence[WebhookEndpoint]:
    found = call.store.query_all("directory", keys.webhook_endpoints_partition(call.caller.tenant.id), consistent=True)
    return [read_endpoint(record) for record in found]


def _commit_with_audit(call: Call[Any], endpoint: WebhookEndpoint, what: str, writes: Sequence[Write]) -> None:
    """The change and its line in the audit trail, both or neither."""
    try:
        announce = f"Webhook endpoint {endpoint.url} ({endpoint.mode}): {what}."
        call.store.commit([*writes, tenant_audit_entry(call, what, endpoint.id, announce=announce)])
    except Cancelled:
        raise errors.VERSION_CONFLICT() from None
