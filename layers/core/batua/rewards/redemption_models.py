"""What the endpoints on redemptions take and give."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ..api.models import Amount, IdempotencyKey, Instant, Model, Note, Number, Text
from ..coins.models import CustomerNamed, CustomerReference
from .redemption import RedemptionState
from .reward import RewardDelivery, RewardType
from .reward_fields import Code, RewardInstant

State = Literal["pending", "approved", "fulfilled", "rejected", "cancelled", "expired", "reversed"]


class ShippingAddress(Model):
    name: Text = Field(examples=["Asha Rao"])
    line1: Text = Field(examples=["12 Lake Road"])
    line2: Text | None = Field(None, examples=["Near the temple"])
    city: Text = Field(examples=["Mysuru"])
    state: Text = Field(examples=["Karnataka"])
    postal_code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 -]{2,11}$")] = Field(
        examples=["570001"]
    )
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = Field(
        "IN", description="ISO 3166, two letters."
    )
    phone: Annotated[str, StringConstraints(min_length=3, max_length=32)] | None = Field(
        None, examples=["+919876543210"]
    )


class RedeemReward(CustomerReference):
    """For which customer. A physical reward needs the address that it is sent to."""

    expected_points: Amount | None = Field(
        None, description="The price that the customer was shown; another price is refused.", examples=[120]
    )
    address: ShippingAddress | None = None
    note: Note | None = Field(None, examples=["Gift wrap, please"])
    reference: Text | None = Field(None, description="Your own name for it; the idempotency key if none is sent.")
    idempotency_key: IdempotencyKey | None = None


class ApproveRedemption(Model):
    note: Note | None = Field(None, examples=["Checked"])
    idempotency_key: IdempotencyKey | None = None


class Shipment(Model):
    carrier: Text | None = Field(None, examples=["India Post"])
    tracking_number: Text | None = Field(None, examples=["EK123456789IN"])
    tracking_url: Annotated[str, StringConstraints(max_length=500, pattern=r"^https://[^\s<>\"']+$")] | None = Field(
        None, examples=["https://track.example/EK123456789IN"]
    )


class FulfilRedemption(Model):
    code: Code | None = Field(None, description="The code to hand over, if the reward has none of its own.")
    shipment: Shipment | None = None
    note: Note | None = Field(None, examples=["Handed over at the counter"])
    idempotency_key: IdempotencyKey | None = None


class EndRedemption(Model):
    reason: Note | None = Field(None, description="Shown to the redeeming user.", examples=["Out of the blue ones"])
    idempotency_key: IdempotencyKey | None = None


class RedemptionQuery(Model):
    reveal: bool = Field(
        False, description="Show the code. For the user who redeemed, once it is fulfilled; noted in the audit trail."
    )


class RedemptionsQuery(Model):
    state: State | None = None
    reward_id: str | None = Field(None, max_length=40, examples=["rew_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    customer_id: str | None = Field(None, max_length=40)
    type: RewardType | None = None
    since: RewardInstant | None = Field(None, alias="from")
    until: RewardInstant | None = Field(None, alias="to")
    limit: int | None = Field(None, ge=1, le=3_000, description="At most 100 for JSON; 20 when left out.")
    cursor: str | None = Field(None, max_length=1024)
    format: Literal["json", "csv"] | None = None


class MyRedemptionsQuery(Model):
    state: State | None = None
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class ShipmentOut(Model):
    carrier: str | None = Field(examples=["India Post"])
    tracking_number: str | None = Field(examples=["EK123456789IN"])
    tracking_url: str | None = Field(examples=["https://track.example/EK123456789IN"])


class RedemptionCredit(Model):
    """What a reward of type `wallet_credit` gives, and the transaction that has given it."""

    wallet_type: str = Field(examples=["waty_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    wallet_name: str = Field(examples=["Store credit"])
    amount: Number = Field(description="In the units of the wallet type.", examples=[100])
    transaction_id: str | None = Field(
        description="Null until it is fulfilled.", examples=["txn_21CBYXTED3WGH5X3H3JBPET8VZ"]
    )


class RedemptionOut(Model):
    """A redemption. Neither the code nor the address is in it."""

    id: str = Field(examples=["rdm_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    tenant_id: str
    reward_id: str = Field(examples=["rew_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    reward_version: int
    type: RewardType
    title: str = Field(description="Title when it was redeemed.", examples=["Steel travel mug"])
    points: Number
    worth: Number | None
    customer_id: str
    wallet_id: str
    state: RedemptionState
    delivery: RewardDelivery
    has_code: bool = Field(description="There is a code, which `reveal=true` shows to the user who redeemed.")
    code_shown: bool
    valid_until: Instant | None = Field(description="Until when the code is valid; null: no end.")
    due_at: Instant | None = Field(description="By when it is fulfilled; after that it expires.")
    shipment: ShipmentOut | None
    credit: RedemptionCredit | None = Field(description="Of a reward of type `wallet_credit`.")
    note: str | None = Field(description="By who redeemed it.", examples=["Gift wrap, please"])
    decision_note: str | None = Field(
        description="By who approved or fulfilled it.", examples=["Checked with the store"]
    )
    reason: str | None = Field(examples=["Out of the blue ones"])
    reference: str | None
    transaction_id: str
    settlement_transaction_id: str | None
    redeemed_by: str = Field(examples=["usr_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    fulfilled_at: Instant | None
    version: int
    created_at: Instant
    updated_at: Instant


class ListedRedemption(RedemptionOut, CustomerNamed):
    """A redemption in the JSON list of the tenant."""


class AddressOut(Model):
    name: str = Field(examples=["Asha Rao"])
    line1: str = Field(examples=["12 Lake Road"])
    line2: str | None = Field(examples=["Near the temple"])
    city: str = Field(examples=["Mysuru"])
    state: str = Field(examples=["Karnataka"])
    postal_code: str = Field(examples=["570001"])
    country: str = Field(examples=["IN"])
    phone: str | None = Field(examples=["+919876543210"])


class RedemptionDetail(RedemptionOut):
    """One redemption, as the user who redeemed it and administrators see it."""

    address: AddressOut | None
    code: str | None = Field(description="With `reveal=true` only.", examples=["DIWALI-7Q2M"])


class TenantRedemption(RedemptionDetail, CustomerNamed):
    """One redemption, as the tenant's people see it."""
