"""Rewards, as a customer's page shows them."""

from __future__ import annotations

from pydantic import Field

from ..api.models import Amount, IdempotencyKey, Instant, Model, Note, Number
from ..rewards.redemption_models import ShippingAddress


class MyCredit(Model):
    wallet_name: str = Field(examples=["Store credit"])
    amount: Number = Field(examples=[100])


class MyReward(Model):
    id: str = Field(examples=["rew_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    type: str = Field(examples=["voucher"])
    title: str = Field(examples=["Steel travel mug"])
    description: str | None = Field(examples=["Keeps tea hot for six hours."])
    terms: str | None = Field(examples=["One per visit."])
    images: list[str] = Field(examples=[["https://cdn.example/mug.webp"]])
    categories: list[str] = Field(examples=[["kitchen"]])
    featured: bool
    points: Number = Field(examples=[120])
    worth: Number | None = Field(description="In rupees.", examples=[250])
    left: int | None = Field(description="Given where there are ten or fewer.", examples=[3])
    needs_address: bool
    needs_approval: bool
    until: Instant | None
    has_code: bool = Field(description="Whether it comes as a code, such as of a coupon.")
    valid_days: int | None = Field(
        description="For how many days its code is good, from when it is given; null where there is no end.",
        examples=[30],
    )
    is_product: bool = Field(
        description="Whether the marketplace sells it too, under the same id: there, several at once can be ordered."
    )
    credit: MyCredit | None = Field(description="Of type `wallet_credit`: what is credited to which wallet.")
    obstacle: str | None = Field(
        description="The error code that redeeming it would get now; null if it can be redeemed.",
        examples=["insufficient_balance"],
    )


class RedeemMyReward(Model):
    expected_points: Amount = Field(description="The price that was shown; another price is refused.", examples=[120])
    address: ShippingAddress | None = None
    note: Note | None = Field(None, examples=["Gift wrap, please"])
    reference: None = None
    idempotency_key: IdempotencyKey | None = None
