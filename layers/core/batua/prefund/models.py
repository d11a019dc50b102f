"""What the endpoints of prefunds take and give."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, WithJsonSchema

from ..api.models import Amount, IdempotencyKey, Instant, Model, Note, Number
from .record import PrefundStatus

Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Utr = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9A-Za-z]{10,22}$"),
    Field(description="The bank's reference of the transfer.", examples=["HDFCR52026112100123456"]),
]


PaymentDay = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-11-20"]}),
]


class ReceiverAccount(Model):
    id: str = Field(description="`rcv_…`")
    bank: str
    name: str = Field(description="Whose account it is.")
    number: str
    ifsc: str
    branch: str | None
    active: bool


class ReceiverAccountOut(ReceiverAccount):
    status: Literal["active", "proposed", "retired"] = Field(
        description="`proposed`: a super admin has named it, another one has not approved it yet.", examples=["active"]
    )
    proposed_by: str | None = Field(description="Who proposed it, while it waits.", examples=[None])
    proposed_at: Instant | None = Field(examples=[None])


class ReceiverAccountsQuery(Model):
    all: bool = Field(False, description="For the operator's staff: proposed and retired ones too.")


class NewPrefund(Model):
    receiver_account_id: Id = Field(description="Where the money was sent.")
    amount: Amount
    utr: Utr
    paid_on: PaymentDay = Field(description="The day of the transfer, in the tenant's time zone.")
    document_id: Id = Field(description="The proof: a document of the tenant, uploaded.")
    note: Note | None = None
    idempotency_key: IdempotencyKey | None = Field(None, description="Without one, the UTR is the key.")


class PrefundsQuery(Model):
    status: PrefundStatus | None = None
    tenant_id: Id | None = Field(None, description="Staff only: of one tenant.")
    assigned_to: Id | None = None
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class Remark(Model):
    note: Note | None = None


class ClarificationQuestion(Model):
    note: Note = Field(description="What the tenant is asked.")


class ClarificationAnswer(Model):
    note: Note = Field(description="The answer to what was asked.")
    document_id: Id | None = Field(None, description="Another proof, in place of the one before.")


class Assignment(Model):
    user_id: Id = Field(description="Who of the operator's staff shall see to it.")
    note: Note | None = None


class PrefundDecisionIntent(Model):
    decision: Literal["approve", "reject"]
    amount: Amount | None = Field(
        None, description="What has arrived, to be credited: at most the amount of the request, which is the default."
    )


class PrefundDecision(PrefundDecisionIntent):
    otp_id: Id
    otp_code: Annotated[str, StringConstraints(min_length=4, max_length=12)]
    note: Note | None = Field(None, description="Why; the tenant sees it.")


class DecisionCodeSent(Model):
    otp_id: str
    sent_to: str
    expires_at: Instant
    decision: Literal["approve", "reject"]
    amount: Number | None


class TransferProof(Model):
    document_id: str
    name: str
    media_type: str
    sha256: str


class TransferProofOut(TransferProof):
    url: str | None = Field(description="Good for five minutes; None where the file has been found infected.")


class PrefundOut(Model):
    id: str
    tenant_id: str
    tenant_name: str | None = Field(
        description="For the operator's staff, where requests are read.", examples=["Kaveri Stores"]
    )
    status: PrefundStatus
    amount: Number
    utr: str
    paid_on: PaymentDay
    receiver_account_id: str
    proof: TransferProof
    note: str | None
    assigned_to: str | None
    assigned_to_name: str | None = Field(description="For the operator's staff.", examples=["Meera Nair"])
    created_by: str
    created_at: Instant
    since: Instant = Field(description="When it came into this status.")
    decision: Literal["approve", "reject"] | None
    decided_by: str | None
    decided_at: Instant | None
    decision_note: str | None
    credited_amount: Number | None
    transaction_id: str | None
    mode: Literal["live", "test"]
    version: int


class PrefundStepOut(Model):
    what: str
    by: str = Field(description="A user, or `workflow`.")
    by_name: str | None = Field(
        description="The user's name: for the operator's staff everybody's, for a tenant that of its own people.",
        examples=["Asha Rao"],
    )
    at: Instant
    status: PrefundStatus = Field(description="After the step.")
    note: str | None


class PrefundWorkflowOut(Model):
    execution: str
    step: str
    since: Instant
    wakes_at: Instant | None = Field(description="When it looks at the record again, whatever happens.")


class PrefundDetail(PrefundOut):
    proof: TransferProofOut
    history: list[PrefundStepOut]
    workflow: PrefundWorkflowOut | None = Field(description="For staff: the state of its workflow.")
