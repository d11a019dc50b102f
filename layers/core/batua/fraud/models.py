"""What the endpoints about fraud flags take and give."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from ..api.models import Instant, Model, Note
from .model import FraudVerdict

TenantId = Annotated[str, StringConstraints(max_length=64)]


class FlagsQuery(Model):
    status: Literal["open", "closed"] | None = None
    rule: Annotated[str, StringConstraints(max_length=64)] | None = None
    tenant_id: TenantId | None = Field(None, description="A tenant below the caller's. Its own, when left out.")
    below: bool = Field(False, description="The flags of direct children instead of the caller's own.")
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class WatchedMovementOut(Model):
    transaction_id: str
    event_id: str
    type: str
    at: Instant
    customer_id: str
    wallet_id: str
    coins: str
    bill_amount: str | None
    by: str = Field(description="The user, key or connection that did it.")


class FlagOut(Model):
    id: str
    tenant_id: str
    rule: str
    rule_version: int
    reason: str
    figures: dict[str, Any] = Field(description="What was found, and what the rule allows. Amounts are decimal texts.")
    movements: list[WatchedMovementOut] = Field(description="The entries concerned, the earliest first; at most 90.")
    status: Literal["open", "closed"]
    verdict: FraudVerdict | None
    note: str | None
    reviewed_by: str | None
    reviewed_at: Instant | None
    raised_at: Instant
    version: int


class ReviewFlag(Model):
    verdict: FraudVerdict
    note: Note | None = Field(None, description="Why, for those who read it later.")
    tenant_id: TenantId | None = Field(None, description="Whose flag it is, where it is a tenant's below.")
    version: int | None = Field(None, ge=1, description="As read: refused where the flag has grown since.")
