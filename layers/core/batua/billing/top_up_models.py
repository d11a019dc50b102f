"""What the endpoints of top-ups take and give."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ..api.models import Amount, IdempotencyKey, Instant, Model, Number
from .payment_port import ProviderName
from .top_up_records import TopUpStatus


class CreateTopUp(Model):
    amount: Amount = Field(description="In rupees, at least 1.", examples=["5000.00"])
    phone: str | None = Field(
        None,
        pattern=r"^\+[1-9][0-9]{6,14}$",
        description="The payer's phone number. Defaults to that of the tax profile. Cashfree needs one.",
        examples=["+919876543210"],
    )
    idempotency_key: IdempotencyKey | None = None


class TopUpsQuery(Model):
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class UnmatchedPayment(Model):
    payment_id: str = Field(description="The provider's name of it.", examples=["pay_Nf4k2Qe8TzB1cL"])
    amount: Number
    currency: str = Field(examples=["INR"])
    received_at: Instant


class TopUpOut(Model):
    id: str = Field(examples=["tup_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    status: TopUpStatus = Field(description="`open` until the payment arrives, `returned` when all of it went back.")
    amount: Number = Field(examples=[5000])
    wallet_id: str = Field(description="The tenant's wallet in rupees.")
    provider: ProviderName | None = Field(examples=["razorpay"])
    url: str | None = Field(description="Where to pay. Null once it is paid.", examples=["https://rzp.io/i/nxrHnLJ"])
    qr: str | None = Field(
        None, description="A QR code of `url`, as an SVG data URI.", examples=["data:image/svg+xml;utf8,..."]
    )
    expires_at: Instant | None
    transaction_id: str | None = Field(description="The credit in the ledger.")
    payment_id: str | None = Field(description="The provider's id of the payment.", examples=["pay_Nf4k2Qe8TzB1cL"])
    credited_at: Instant | None
    returned: Number = Field(description="What the provider has refunded, or lost in a dispute.", examples=[0])
    shortfall: Number = Field(
        description="The part that could not be taken from the wallet yet: its balance is too low.",
        examples=[0],
    )
    unmatched_payments: list[UnmatchedPayment] = Field(
        description="Payments that were not credited, as amount or currency differ or the top-up was paid before. "
        "The operator refunds them."
    )
    mode: Literal["live", "test"]
    created_at: Instant
