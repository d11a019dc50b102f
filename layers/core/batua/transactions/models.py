"""What the endpoints of transactions take and give."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from ..api.models import Amount, IdempotencyKey, Instant, Model, Note, Number, Text
from ..wallets.models import HoldInstant, TenantWalletId

TransactionStatus = Literal["pending", "posted", "captured", "voided", "expired", "partially_refunded", "refunded"]
"""Of a hold: `pending`, then `captured`, `voided` or `expired`. Of a movement: `posted`, later perhaps refunded."""

TransactionType = Literal[
    "credit",
    "debit",
    "transfer",
    "charge",
    "hold",
    "capture",
    "void",
    "expire",
    "refund",
    "issue",
    "redeem",
    "reverse_issue",
    "reverse_redeem",
    "transfer_out",
    "transfer_in",
    "import",
    "reverse_import",
]


class TransactionsQuery(Model):
    since: HoldInstant | None = Field(None, alias="from")
    until: HoldInstant | None = Field(None, alias="to")
    type: TransactionType | None = None
    status: TransactionStatus | None = None
    wallet_id: TenantWalletId | None = None
    asset: str | None = Field(None, max_length=64, description="`INR`, or the id of a coin program.")
    reference: Text | None = None
    min_amount: Amount | None = None
    max_amount: Amount | None = None
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class TransactionLine(Model):
    transaction_id: str
    type: str
    status: TransactionStatus
    wallet_id: str
    other_wallet_id: str | None
    customer_id: str | None
    asset: str
    amount: Number
    refunded: Number
    reference: str | None
    note: str | None
    original_transaction_id: str | None = Field(
        description="What a refund or reversal undoes, and the hold that a capture, void or expiry ends."
    )
    created_at: Instant
    by: str


class LegOut(Model):
    account: str = Field(description="`wallet` and `held` are the wallet's own; the others stand against them.")
    amount: Number


class EntryOut(Model):
    wallet_id: str
    type: str
    amount: Number
    legs: list[LegOut] = Field(description="They add up to zero.")
    other_wallet_id: str | None
    details: dict[str, Any]


class TransactionDetail(TransactionLine):
    expires_at: Instant | None = Field(description="Of a hold.")
    captured: Number | None = Field(description="Of a hold that was captured.")
    entries: list[EntryOut]
    mode: Literal["live", "test"]


class RefundTransaction(Model):
    amount: Amount | None = Field(None, description="Defaults to what is left of the transaction.")
    reason: Note | None = None
    reference: Text | None = None
    idempotency_key: IdempotencyKey | None = None


class CaptureTransaction(Model):
    amount: Amount | None = Field(None, description="Defaults to the whole hold. The rest is released.")
    destination: Literal["spent", "bank"] = "spent"
    note: Note | None = None
    reference: Text | None = None
    idempotency_key: IdempotencyKey | None = None


class VoidTransaction(Model):
    reason: Note | None = None
    reference: Text | None = None
    idempotency_key: IdempotencyKey | None = None


class AnalyticsQuery(Model):
    since: str | None = Field(None, alias="from", pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2026-11-01"])
    until: str | None = Field(None, alias="to", pattern=r"^\d{4}-\d{2}-\d{2}$", description="Inclusive; today.")
    asset: str | None = Field(None, max_length=64)


class AnalyticsFigure(Model):
    asset: str = Field(description="`INR`, or the id of a coin program; `-` where a refusal does not tell.")
    type: str = Field(
        description="As in the list of transactions; for a refusal, what was requested.", examples=["hold"]
    )
    status: str = Field(
        description="What the transactions are now, as in the list: a hold that was captured is `captured`, not "
        "`pending`. Requests that were refused are `refused`.",
        examples=["captured"],
    )
    count: int
    amount: Number


class DayFigures(Model):
    date: str
    figures: list[AnalyticsFigure]


class Analytics(Model):
    since: str
    until: str
    complete_to: Instant = Field(description="Every transaction up to here is counted.")
    totals: list[AnalyticsFigure]
    days: list[DayFigures] = Field(description="Days with transactions, the earliest first, in the tenant's time zone.")


Evidence = Annotated[str, StringConstraints(min_length=1, max_length=2048, pattern=r"^[^\x00-\x1f\x7f]+$")]


class RaiseDispute(Model):
    reason: Literal["not_received", "duplicate", "wrong_amount", "not_authorised", "quality", "other"]
    description: Note
    evidence: list[Evidence] = Field(default=[], max_length=10, description="Links to documents, or texts.")
    amount: Amount | None = Field(None, description="The disputed amount. Defaults to what is left of the transaction.")
    idempotency_key: IdempotencyKey | None = None


class DecideDispute(Model):
    decision: Literal["accept", "reject"]
    reason: Note
    amount: Amount | None = Field(None, description="Amount to refund if accepted. Defaults to the disputed amount.")
    idempotency_key: IdempotencyKey | None = None


class OpenDisputesQuery(Model):
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class DisputeOut(Model):
    dispute_id: str
    transaction_id: str
    tenant_id: str = Field(description="Whose transaction it is.")
    tenant_name: str | None = Field(
        None, description="In the list of the operator's staff.", examples=["Kaveri Stores"]
    )
    status: Literal["open", "accepted", "rejected"]
    reason: str
    description: str
    evidence: list[str]
    asset: str = Field(description="What the amounts are of: `INR`, or the id of a coin program.", examples=["INR"])
    amount: Number = Field(description="What is disputed, also once a part of it was accepted.", examples=[40])
    accepted_amount: Number | None = Field(None, description="Of an accepted dispute: what went back.", examples=[25])
    raised_by: str
    raised_at: Instant
    due_at: Instant = Field(description="By when it is to be decided.")
    overdue: bool
    decided_by: str | None
    decided_at: Instant | None
    decision_reason: str | None
    refund_transaction_id: str | None
