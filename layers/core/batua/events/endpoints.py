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
from ..identity.credentials import Claims
from ..settings import settings
from ..store import event_keys as keys
from ..store.keys import Key
from ..store.store import Cancelled, Record
from ..store.writes import ABSENT, Condition, Delete, Put, Write
from ..tenants.acts import act
from . import deliver, signing, targets
from .deliveries import own, shown_attempt
from .event import Event, number
from .model import (
    MAX_ENDPOINTS,
    OVERLAP_MS,
    Delivery,
    Endpoint,
    delivery_item,
    endpoint_item,
    read_endpoint,
    shown_since,
)
from .models import (
    CreateEndpoint,
    EndpointChanged,
    EndpointDeleted,
    EndpointMade,
    EndpointOut,
    TestSent,
    UpdateEndpoint,
)

TOO_MANY_ENDPOINTS = errors.define("too_many_webhook_endpoints", 409, "No more webhook endpoints can be made.")


@dataclass(frozen=True, slots=True)
class Named:
    """The endpoint that the path names, among the caller's tenant's own, and how it does."""

    endpoint: Key
    health: Key

    @property
    def keys(self) -> list[Key]:
        return [self.endpoint, self.health]


def seek(claims: Claims, content: object, request: Request) -> Named:
    id = request.path["id"]
    if not ids.is_id(id, "wep"):
        raise errors.NOT_FOUND()
    return Named(keys.endpoint(claims.tenant, id), keys.health(id))


def create(call: Call[CreateEndpoint]) -> Reply:
    """Makes an endpoint. Its secret is in this answer and in no other."""
    asked, tenant = call.input, call.caller.tenant.id
    _require_public(asked.url)
    if len(_all(call)) >= MAX_ENDPOINTS:
        raise TOO_MANY_ENDPOINTS()
    id, plain = ids.new("wep", call.now), signing.new_secret()
    endpoint = Endpoint(
        id=id,
        tenant=tenant,
        mode=asked.mode,
        url=asked.url,
        events=tuple(dict.fromkeys(asked.events)),
        secret=signing.sealed(tenant, id, plain),
        created_at=call.now,
        description=asked.description,
        children=asked.include_children,
    )
    _commit(call, endpoint, "webhook endpoint made", [Put(endpoint.key, endpoint_item(endpoint), when=ABSENT)])
    return Reply(EndpointMade(**_shown(endpoint, None), secret=plain), "Webhook endpoint created")


def listed(call: Call[None]) -> Reply:
    """All endpoints of the tenant, oldest first; there are at most twenty."""
    endpoints = _all(call)
    health = call.store.read([each.health_key for each in endpoints])
    rows = [EndpointOut(**_shown(each, health[each.health_key])) for each in endpoints]
    return Reply(rows, meta={"next_cursor": None})


def update(call: Call[UpdateEndpoint]) -> Reply:
    """Changes what is told. With a new secret, the one before it signs as well for a day."""
    before, asked = own(call), call.input
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
    health = call.found[call.sought.health]
    also: list[Write] = []
    if asked.status:
        after = replace(after, status=asked.status, why_disabled=None, disabled_at=None)
    if asked.status == "active":
        # What failed before is forgotten, or the first new failure would disable it again.
        also, health = [Delete(before.health_key)], None
    plain = signing.new_secret() if asked.rotate_secret else None
    if plain:
        sealed = signing.sealed(before.tenant, before.id, plain)
        after = replace(after, secret=sealed, former=before.secret, former_until=call.now + OVERLAP_MS)
    what = "webhook endpoint's secret rotated" if plain else "webhook endpoint changed"
    _commit(call, after, what, [Put(after.key, endpoint_item(after), when=_as_read(before)), *also])
    return Reply(EndpointChanged(**_shown(after, health), secret=plain), "Webhook endpoint changed")


def delete(call: Call[None]) -> Reply:
    """Takes an endpoint away. What waits for it is not sent any more."""
    endpoint = own(call)
    writes: list[Write] = [Delete(endpoint.key, when=_as_read(endpoint)), Delete(endpoint.health_key)]
    _commit(call, endpoint, "webhook endpoint deleted", writes)
    return Reply(EndpointDeleted(id=endpoint.id), "Webhook endpoint deleted")


def test(call: Call[None]) -> TestSent:
    """Sends a test event now, once, whatever the endpoint's filters and status, and tells what came of it."""
    endpoint = own(call)
    event = Event(
        id=ids.new("evt", call.now),
        type="webhook.test",
        version=1,
        created_at=call.now,
        tenant=endpoint.tenant,
        mode=endpoint.mode,
        subject=endpoint.id,
        sequence=f"{number(call.now)}#{secrets.token_hex(4)}",
        data={"message": "This is a test: nothing has happened."},
    )
    body = event.body()
    outcome = deliver.attempt(endpoint, event.id, body)
    made = deliver.told(outcome, clock.system())
    kept = Delivery(
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
    call.store.write(Put(kept.key, delivery_item(kept), when=ABSENT))
    return TestSent(event_id=event.id, delivered=outcome.delivered, attempt=shown_attempt(made))


def _shown(endpoint: Endpoint, health: Record | None) -> dict[str, Any]:
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
        "failing_since": shown_since(health),
        "former_secret_until": clock.iso(until) if until else None,
        "created_at": clock.iso(endpoint.created_at),
    }


def _require_public(url: str) -> None:
    try:
        targets.require_public(url, allow_local=settings().webhooks_to_local)
    except targets.TargetRefused as refusal:
        raise errors.invalid("url", refusal.reason) from refusal


def _all(call: Call[Any]) -> Sequence[Endpoint]:
    found = call.store.query_all("directory", keys.endpoints(call.caller.tenant.id), consistent=True)
    return [read_endpoint(record) for record in found]


def _as_read(endpoint: Endpoint) -> Condition:
    return Condition(equal={"version": endpoint.version})


def _commit(call: Call[Any], endpoint: Endpoint, what: str, writes: Sequence[Write]) -> None:
    """The change and its line in the audit trail, both or neither."""
    try:
        call.store.commit([*writes, act(call, what, endpoint.id)])
    except Cancelled:
        raise errors.VERSION_CONFLICT() from None
