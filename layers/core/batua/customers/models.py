"""What the endpoints of applications take and give."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ..api.models import IdempotencyKey, Model, Note, Number, Text


class PostPoints(Model):
    """`points` and `type` are required; they are looked at by hand, for the very errors that clients know."""

    description: Note | None = Field(None, examples=["Customer have credited his wallet with 20 points"])
    points: Any = Field(None, json_schema_extra={"type": ["number", "string"], "examples": [20]})
    type: Any = Field(None, json_schema_extra={"type": "string", "enum": ["credit", "debit"]})
    idempotency_key: IdempotencyKey | None = None


class PointsPosted(Model):
    requestId: str  # noqa: N815 - the field's name in the API that this one replaces
    txn_id: str
    id: str
    wallet_id: str
    loyalty_points: Number
    previous_loyalty_points: Number
    points: Number
    description: str | None


class CustomerWallet(Model):
    wallet_id: str
    wallet_name: str
    currency: str
    singular_unit_name: str
    plural_unit_name: str
    loyalty_points: Number
    held_points: Number
    expiry_months: int | None


class WalletType(Model):
    wallet_id: str
    wallet_name: str
    currency: str
    singular_unit_name: str
    plural_unit_name: str
    decimals: int
    expiry_months: int | None


class CreateWalletType(Model):
    wallet_name: Text
    singular_unit_name: Text = "point"
    plural_unit_name: Text = "points"
    currency: str = Field("INR", pattern=r"^[A-Z]{3}$", description="ISO 4217")
    decimals: int = Field(0, ge=0, le=2, description="Of the points; fixed for life.")
    expiry_months: int | None = Field(None, ge=1, le=120, description="Points do not expire when left out.")
    idempotency_key: IdempotencyKey | None = None


class RegisteredCustomer(Model):
    id: str
    source_id: str | None
