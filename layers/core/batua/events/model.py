"""Webhook endpoints, and events on their way to them, as values and as items of the directory table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from .. import clock
from ..store import event_keys as keys
from ..store.keys import Key, Mode
from ..store.store import Record
from .event import Event

WEBHOOK_SECRET_OVERLAP_MS: Final = 24 * 3_600_000
"""How long what is sent is signed with the secret before the last rotation as well."""

WEBHOOK_DELIVERY_SECONDS: Final = 30 * 86_400
"""How long deliveries are kept."""

MAX_ENDPOINTS: Final = 20
MAX_ATTEMPTS_KEPT: Final = 25

DeliveryStatus = Literal[
    "pending",  # waits for its next attempt
    "delivered",  # answered with 2xx
    "failed",  # given up
    "held",  # the endpoint was paused or disabled
]
DisabledReason = Literal["failing", "gone"]


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """Where a tenant wants to hear of events. `secret` and `former` are sealed."""

    id: str
    tenant: str
    mode: Mode
    url: str
    events: tuple[str, ...]
    """Names of event types, families (`coins.*`), or `*`."""
    secret: bytes
    created_at: int
    description: str | None = None
    children: bool = False
    """Hears of the tenants below as well."""
    status: Literal["active", "paused", "disabled"] = "active"
    why_disabled: DisabledReason | None = None
    disabled_at: int | None = None
    former: bytes | None = None
    former_until: int = 0
    version: int = 1

    @property
    def key(self) -> Key:
        return keys.webhook_endpoint_key(self.tenant, self.id)

    @property
    def health_key(self) -> Key:
        return keys.webhook_health_key(self.id)

    def secrets(self, now: int) -> list[bytes]:
        """What to sign with now, sealed: one secret, or two during a rotation."""
        return [self.secret, self.former] if self.former and now < self.former_until else [self.secret]

    def matches(self, event: Event) -> bool:
        return event.mode == self.mode and pattern_matches(self.events, event.type)


def pattern_matches(patterns: Iterable[str], type: str) -> bool:
    """Whether a filter lets a type through: `coins.issued` is let through by itself, by `coins.*` and by `*`."""
    return any(each in ("*", type, f"{type.partition('.')[0]}.*") for each in patterns)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One time that an event was sent. `answer` is the beginning of what the receiver said."""

    at: int
    status: int | None
    elapsed_ms: int
    failure: str | None
    answer: str


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """One event on its way to one endpoint. `body` is what is sent, byte for byte the same each time."""

    endpoint: str
    tenant: str
    """Whose endpoint it is."""
    event: str
    type: str
    body: str
    routed_at: int
    status: DeliveryStatus = "pending"
    reason: str | None = None
    tries: int = 0
    """Attempts so far."""
    step: int = 0
    """Where in the schedule of retries it is: anew after a replay."""
    due: int | None = None
    attempts: tuple[Attempt, ...] = field(default=())

    @property
    def key(self) -> Key:
        return keys.webhook_delivery_key(self.endpoint, self.event)


def new_webhook_delivery(event: Event, endpoint: WebhookEndpoint, now: int, due: int | None) -> WebhookDelivery:
    """An event for an endpoint: to be sent, or held where the endpoint takes nothing now."""
    return WebhookDelivery(
        endpoint=endpoint.id,
        tenant=endpoint.tenant,
        event=event.id,
        type=event.type,
        body=event.body(),
        routed_at=now,
        status="pending" if due is not None else "held",
        reason=None if due is not None else f"endpoint_{endpoint.status}",
        due=due,
    )


def endpoint_item(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {
        "mode": endpoint.mode,
        "url": endpoint.url,
        "says": endpoint.description,
        "events": list(endpoint.events),
        "children": endpoint.children or None,
        "secret": endpoint.secret,
        "former": endpoint.former,
        "former_until": endpoint.former_until or None,
        "status": endpoint.status,
        "why": endpoint.why_disabled,
        "disabled": endpoint.disabled_at,
        "made": endpoint.created_at,
        "version": endpoint.version,
    }


def read_endpoint(record: Record) -> WebhookEndpoint:
    return WebhookEndpoint(
        id=record["sk"],
        tenant=record["pk"].partition("#")[2],
        mode=record["mode"],
        url=record["url"],
        events=tuple(record["events"]),
        secret=record["secret"],
        created_at=record["made"],
        description=record.get("says"),
        children=record.get("children", False),
        status=record["status"],
        why_disabled=record.get("why"),
        disabled_at=record.get("disabled"),
        former=record.get("former"),
        former_until=record.get("former_until", 0),
        version=record["version"],
    )


def webhook_delivery_item(delivery: WebhookDelivery) -> dict[str, Any]:
    return {
        "ten": delivery.tenant,
        "type": delivery.type,
        "body": delivery.body,
        "at": delivery.routed_at,
        "ttl": delivery.routed_at // 1000 + WEBHOOK_DELIVERY_SECONDS,
        **{name: value for name, value in delivery_state_update(delivery).items() if value is not None},
    }


def delivery_state_update(delivery: WebhookDelivery) -> dict[str, Any]:
    """What changes of a delivery. While it waits it is in the index of what is due; None takes an attribute away."""
    waits = delivery.due is not None
    return {
        "status": delivery.status,
        "why": delivery.reason,
        "tries": delivery.tries,
        "step": delivery.step,
        "log": [attempt_item(each) for each in delivery.attempts[-MAX_ATTEMPTS_KEPT:]] or None,
        "g2p": keys.due_deliveries_partition_of(delivery.event) if waits else None,
        "g2s": due_place(delivery.due, delivery) if delivery.due is not None else None,
    }


def due_place(due: int, delivery: WebhookDelivery) -> str:
    return f"{due:015d}#{delivery.endpoint}#{delivery.event}"


def read_webhook_delivery(record: Record) -> WebhookDelivery:
    place = record.get("g2s")
    return WebhookDelivery(
        endpoint=record["pk"].partition("#")[2],
        tenant=record["ten"],
        event=record["sk"].removeprefix(keys.DELIVERY),
        type=record["type"],
        body=record["body"],
        routed_at=record["at"],
        status=record["status"],
        reason=record.get("why"),
        tries=record["tries"],
        step=record["step"],
        due=int(place.partition("#")[0]) if place else None,
        attempts=tuple(map(_read_attempt, record.get("log", ()))),
    )


def attempt_item(attempt: Attempt) -> dict[str, Any]:
    return {
        "at": attempt.at,
        "status": attempt.status,
        "ms": attempt.elapsed_ms,
        "fail": attempt.failure,
        "answer": attempt.answer or None,
    }


def _read_attempt(record: Mapping[str, Any]) -> Attempt:
    return Attempt(record["at"], record.get("status"), record["ms"], record.get("fail"), record.get("answer", ""))


def failing_since(health: Record | None) -> int | None:
    """The first failure after the last success; None while all is well."""
    return (health or {}).get("failing")


def failing_since_text(health: Record | None) -> str | None:
    since = failing_since(health)
    return clock.iso(since) if since is not None else None
