"""What the endpoints about webhook endpoints take and give."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StrictBool, StringConstraints

from ..api.models import Instant, Model, Text
from .model import DeliveryStatus
from .schemas import TYPES, families
from .targets import MAX_URL


def _known_pattern(pattern: str) -> str:
    """A filter that could never let anything through is a mistake that would be found late."""
    family, _, rest = pattern.partition(".")
    if pattern != "*" and pattern not in TYPES and not (rest == "*" and family in families()):
        raise ValueError("must be an event type such as coins.issued, a family such as coins.*, or *")
    return pattern


Url = Annotated[str, StringConstraints(min_length=1, max_length=MAX_URL), Field(description="https, a public host.")]
Pattern = Annotated[str, StringConstraints(max_length=64), AfterValidator(_known_pattern)]
Patterns = Annotated[
    list[Pattern],
    Field(min_length=1, max_length=50, description="Event types, families such as `coins.*`, or `*` for all."),
]


class CreateEndpoint(Model):
    url: Url = Field(examples=["https://hooks.example.com/batua"])
    description: Text | None = None
    events: Patterns = Field(default_factory=lambda: ["*"])
    mode: Literal["live", "test"] = Field("live", description="Endpoints of mode `test` only receive sandbox events.")
    include_children: StrictBool = Field(False, description="Also receive events of the tenants below.")


class UpdateEndpoint(Model):
    url: Url | None = None
    description: Text | None = None
    events: Patterns | None = None
    include_children: StrictBool | None = None
    status: Literal["active", "paused"] | None = Field(
        None, description="`active` also turns on again what we have disabled."
    )
    rotate_secret: StrictBool = Field(
        False, description="Makes a new secret; for 24 hours everything is signed with both."
    )


class EndpointOut(Model):
    id: str
    url: str
    description: str | None
    events: list[str]
    mode: Literal["live", "test"]
    include_children: bool
    status: Literal["active", "paused", "disabled"]
    disabled_because: Literal["failing", "gone"] | None
    failing_since: Instant | None = Field(description="The first failure after the last success.")
    former_secret_until: Instant | None = Field(description="Until then there are two signatures.")
    created_at: Instant


class EndpointCreated(EndpointOut):
    secret: str = Field(description="What signatures are made with. Shown this once.")


class EndpointChanged(EndpointOut):
    secret: str | None = Field(description="The new secret, where one was made.")


class EndpointDeleted(Model):
    id: str
    deleted: bool = True


class AttemptOut(Model):
    at: Instant
    status: int | None = Field(description="The receiver's HTTP status; null where no answer came.")
    elapsed_ms: int
    failure: str | None = Field(description="Why no whole answer came.")
    answer: str = Field(description="How the receiver's answer begins.")


class TestEventResult(Model):
    event_id: str
    delivered: bool
    attempt: AttemptOut


class WebhookDeliveriesQuery(Model):
    status: DeliveryStatus | None = None
    type: Pattern | None = Field(None, description="An event type, or a family such as `coins.*`.")
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class WebhookDeliveryOut(Model):
    event_id: str
    type: str
    status: DeliveryStatus
    reason: str | None
    attempts: int
    next_attempt_at: Instant | None
    log: list[AttemptOut] = Field(description="The last attempts, the earliest first.")
    event: dict[str, Any] = Field(description="What is sent.")
    created_at: Instant


ReplayInstant = Annotated[str, Field(description="ISO 8601", examples=["2026-11-01T00:00:00Z"])]


class ReplayFailed(Model):
    since: ReplayInstant = Field(description="Of events from this time on.")
    until: ReplayInstant | None = Field(None, description="Of events up to this time; now, when left out.")


class ReplayResult(Model):
    queued: int
    next_since: Instant | None = Field(
        description="Where there are more than one call replays: ask again with `since` at this."
    )
