"""The log of an endpoint: what was sent to it, what came of each attempt, and sending it once more by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from .. import audit, clock, errors, ids
from ..api import cursor
from ..api.endpoint import Call
from ..api.request import Request
from ..api.styles import Reply
from ..identity.credentials import Claims
from ..store import event_keys as keys
from ..store.keys import Key
from ..store.store import Cancelled, ConditionFailed
from ..store.writes import Condition, Update
from ..tenants.acts import act
from . import nudges
from .model import Attempt, Delivery, Endpoint, matches, read_delivery, read_endpoint, state_of
from .models import AttemptOut, DeliveriesQuery, DeliveryOut, Replayed, ReplayFailed
from .nudges import NotQueued, Nudge
from .schedule import LEASE_MS

ENDPOINT_NOT_ACTIVE = errors.define("webhook_endpoint_not_active", 409, "The endpoint is paused or disabled.")

MOST_REPLAYED: Final = 500
"""What one call sends again; the next one goes on."""
_LOOKED_AT: Final = 1_000
"""Deliveries that one page may look at for what the filters want."""
_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Place:
    """An endpoint, and one of its deliveries where the path names one."""

    endpoint: Key
    delivery: Key | None

    @property
    def keys(self) -> list[Key]:
        return [self.endpoint, self.delivery] if self.delivery else [self.endpoint]


def seek(claims: Claims, content: object, request: Request) -> Place:
    id, event = request.path["id"], request.path.get("event_id")
    if not ids.is_id(id, "wep") or (event is not None and not ids.is_id(event, "evt")):
        raise errors.NOT_FOUND()
    return Place(keys.endpoint(claims.tenant, id), keys.delivery(id, event) if event else None)


def listed(call: Call[DeliveriesQuery]) -> Reply:
    """A page of an endpoint's deliveries, the newest events first."""
    endpoint, query = own(call), call.input
    tenant, filters = call.caller.tenant.id, {"endpoint": endpoint.id, "status": query.status, "type": query.type}
    after = cursor.unseal(tenant, filters, query.cursor) if query.cursor else None
    rows: list[Delivery] = []
    following = None
    for looked_at, delivery in enumerate(_newest_first(call, endpoint, after), start=1):
        wanted = query.status in (None, delivery.status) and (
            query.type is None or matches([query.type], delivery.type)
        )
        if wanted and len(rows) == query.limit:
            following = rows[-1].event
            break
        rows += [delivery] if wanted else []
        if looked_at == _LOOKED_AT:
            following = delivery.event
            break
    sealed = cursor.seal(tenant, filters, following) if following else None
    return Reply([shown(each) for each in rows], meta={"next_cursor": sealed, "limit": query.limit})


def replay(call: Call[None]) -> Reply:
    """Sends one event once more, now, whatever came of it before."""
    endpoint = _active(call)
    record = call.found[call.sought.delivery]
    if record is None:
        raise errors.NOT_FOUND()
    again, change = _again(read_delivery(record))
    try:
        call.store.commit([change, act(call, "webhook replayed", endpoint.id, {"event": again.event})])
    except Cancelled:
        raise errors.VERSION_CONFLICT("An attempt was made just now.") from None
    _send([Nudge.of(again)])
    return Reply(shown(again), "Queued")


def replay_failed(call: Call[ReplayFailed]) -> Reply:
    """Sends once more, the earliest first, what was given up or held of the events of a time."""
    endpoint = _active(call)
    since, until = _bounds(call)
    audit.record(call.store, act(call, "webhooks replayed", endpoint.id, {"since": call.input.since}))
    queued: list[Nudge] = []
    next_since = None
    for delivery in _between(call, endpoint, since, until):
        if delivery.status not in ("failed", "held") or delivery.type == "webhook.test":
            continue
        if len(queued) == MOST_REPLAYED:
            next_since = json.loads(delivery.body)["created_at"]
            break
        again, change = _again(delivery)
        with suppress(ConditionFailed):  # an attempt was made just now
            call.store.write(change)
            queued.append(Nudge.of(again))
    _send(queued)
    return Reply(Replayed(queued=len(queued), next_since=next_since), "Queued")


def shown(delivery: Delivery) -> DeliveryOut:
    return DeliveryOut(
        event_id=delivery.event,
        type=delivery.type,
        status=delivery.status,
        reason=delivery.reason,
        attempts=delivery.tries,
        next_attempt_at=clock.iso(delivery.due) if delivery.due is not None and delivery.tries else None,
        log=[shown_attempt(each) for each in delivery.attempts],
        event=json.loads(delivery.body),
        created_at=clock.iso(delivery.routed_at),
    )


def shown_attempt(attempt: Attempt) -> AttemptOut:
    return AttemptOut(
        at=clock.iso(attempt.at),
        status=attempt.status,
        elapsed_ms=attempt.elapsed_ms,
        failure=attempt.failure,
        answer=attempt.answer,
    )


def own(call: Call[Any]) -> Endpoint:
    """The endpoint of the path. Raises NOT_FOUND, for another tenant's as well."""
    record = call.found[call.sought.endpoint]
    if record is None:
        raise errors.NOT_FOUND()
    return read_endpoint(record)


def _active(call: Call[Any]) -> Endpoint:
    endpoint = own(call)
    if endpoint.status != "active":
        raise ENDPOINT_NOT_ACTIVE(figures={"status": endpoint.status})
    return endpoint


def _again(delivery: Delivery) -> tuple[Delivery, Update]:
    """The delivery at the beginning of the schedule, and the write of it, unless an attempt was made meanwhile."""
    again = replace(delivery, status="pending", reason=None, step=0, due=clock.system() + LEASE_MS)
    state = state_of(again)
    change = Update(
        again.key,
        set={name: value for name, value in state.items() if value is not None},
        remove=("why",),
        when=Condition(equal={"tries": delivery.tries, "status": delivery.status}),
    )
    return again, change


def _send(queued: list[Nudge]) -> None:
    """Nudges what is on record. A queue that does not answer is no refusal: what is due is found within minutes."""
    try:
        nudges.send(queued)
    except (BotoCoreError, ClientError, NotQueued):
        return


def _newest_first(call: Call[Any], endpoint: Endpoint, after: str | None) -> Iterator[Delivery]:
    key = keys.delivery(endpoint.id, after) if after else None
    start: dict[str, Any] | None = {"pk": key.pk, "sk": key.sk} if key else None
    while True:
        page = call.store.query(
            "directory",
            keys.deliveries(endpoint.id),
            beginning=keys.DELIVERY,
            descending=True,
            limit=_PAGE,
            after=start,
        )
        yield from map(read_delivery, page.items)
        start = page.last
        if start is None:
            return


def _between(call: Call[Any], endpoint: Endpoint, since: int, until: int) -> Iterator[Delivery]:
    """Deliveries of events of a time, the earliest first. Ids of events begin with their instant."""
    bounds = {
        "since": keys.DELIVERY + ids.earliest("evt", since),
        "until": keys.DELIVERY + ids.earliest("evt", until + 1),
    }
    return map(read_delivery, call.store.query_all("directory", keys.deliveries(endpoint.id), **bounds))


def _bounds(call: Call[ReplayFailed]) -> tuple[int, int]:
    since = _instant(call.input.since, "since")
    until = _instant(call.input.until, "until") if call.input.until is not None else clock.system()
    if until < since:
        raise errors.invalid("until", "must not be before since")
    return since, until


def _instant(text: str, field: str) -> int:
    try:
        return clock.parse_iso(text)
    except (ValueError, OverflowError) as error:
        raise errors.invalid(field, "must be an ISO 8601 time such as 2026-11-01T00:00:00Z") from error
