"""What the endpoints of wallets take and give."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StrictBool, StringConstraints, model_validator

from ..api.models import Amount, FieldsWrong, IdempotencyKey, Instant, Model, Note, Number, Text
from ..coins.models import LotCoins
from ..identity.tenant import TenantKind

TenantWalletId = Annotated[str, Field(description="`wal_…`", examples=["wal_21CBYXTED3WGH5X3H3JBPET8VZ"])]
HoldInstant = Annotated[str, Field(description="ISO 8601", examples=["2026-11-01T00:00:00Z"])]
HOLD_MINUTES: Final = 24 * 60
MAX_HOLD_MINUTES: Final = 90 * 24 * 60


class WalletsQuery(Model):
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class WalletOut(Model):
    wallet_id: str
    name: str | None = Field(
        description="What the tenant calls it now; null for its main wallet in an asset.", examples=["Pune branch"]
    )
    type: Literal["funds", "coins"] = Field(description="The tenant's own wallet, or a customer's.")
    asset: str = Field(description="`INR`, or the id of a coin program.")
    customer: str | None = Field(
        description="For whom the tenant keeps it: the name it was made under, or a customer id."
    )
    balance: Number = Field(description="Available and held together.")
    held: Number
    available: Number
    overdraft_limit: Number
    status: Literal["active", "frozen", "closed"]


class ChildWalletsQuery(Model):
    limit: int = Field(30, ge=1, le=30)
    cursor: str | None = Field(None, max_length=1024)


class ChildWallet(Model):
    tenant_id: str
    name: str = Field(examples=["Kaveri Stores"])
    kind: TenantKind
    status: str = Field(description="Of the tenant.", examples=["active"])
    balance: Number = Field(description="Of its main wallet in rupees: available and held together.", examples=[2500])
    held: Number = Field(examples=[0])
    available: Number = Field(examples=[2500])


class WalletDetail(WalletOut):
    expiring: list[LotCoins] = Field(description="Of a customer's coins: what expires with the end of which month.")
    mode: Literal["live", "test"]


class CreateWallet(Model):
    name: Text = Field(
        description="Unique among your wallets, whatever its case and spacing. Transfers may name the wallet by it.",
        examples=["Pune branch"],
    )
    idempotency_key: IdempotencyKey | None = None


class UpdateWallet(Model):
    """A new name, another state, or both."""

    name: Text | None = Field(
        None,
        description="Former names keep leading to the wallet, so that nothing sent by them goes astray.",
        examples=["Pune West"],
    )
    status: Literal["active", "closed"] | None = Field(
        None, description="`closed`, once it is empty and nothing is held: nothing goes in or out. `active` opens it."
    )

    @model_validator(mode="after")
    def _changes_something(self) -> UpdateWallet:
        if self.name is None and self.status is None:
            raise FieldsWrong("give name, status, or both", "name", "status")
        return self


class MovementIn(Model):
    amount: Amount
    reference: Text | None = Field(None, description="Your own name for this; the idempotency key if none is sent.")
    idempotency_key: IdempotencyKey | None = None


class Transfer(MovementIn):
    """To one of two: a wallet by its id, or by the name that you gave it."""

    from_wallet_id: TenantWalletId
    to_wallet_id: TenantWalletId | None = None
    to_customer: Text | None = Field(
        None,
        description="The wallet by its name, present or former, whatever its case and spacing.",
        examples=["Pune branch"],
    )
    create_wallet: StrictBool = Field(
        False, description="With to_customer: makes a wallet of that name where there is none. Else that is refused."
    )
    note: Note | None = None


class CreditWallet(MovementIn):
    source: Literal["bank", "adjustment"] = Field("bank", description="Where the value comes from.")
    reason: Note = Field(description="Why: kept in the entry and in the audit trail.")
    tenant_id: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        None, description="Whose wallet, where the platform's administrator credits another tenant."
    )


class DebitWallet(MovementIn):
    destination: Literal["spent", "bank", "adjustment"] = Field("spent", description="What the value goes to.")
    reason: Note | None = Field(None, description="Required for an adjustment.")
    hold: StrictBool = Field(False, description="Only set the amount aside, to be captured or voided later.")
    expires_at: HoldInstant | None = Field(None, description="When the hold ends by itself.")
    expires_in_minutes: int | None = Field(
        None, ge=1, le=MAX_HOLD_MINUTES, description="The same, from now on; a day when both are left out."
    )

    @model_validator(mode="after")
    def _fits(self) -> DebitWallet:
        if self.expires_at is not None and self.expires_in_minutes is not None:
            raise FieldsWrong("give expires_at or expires_in_minutes, not both", "expires_at", "expires_in_minutes")
        if not self.hold and (self.expires_at is not None or self.expires_in_minutes is not None):
            raise FieldsWrong("only a hold expires: send hold, or leave the expiry out", "hold")
        if self.hold and self.destination != "spent":
            raise FieldsWrong("held value is spent when it is captured: leave destination out", "destination")
        if self.destination == "adjustment" and self.reason is None:
            raise FieldsWrong("an adjustment needs a reason", "reason")
        return self


class MovementOut(Model):
    """A movement as its entry has it. What the wallet holds now is in `meta.wallet`."""

    transaction_id: str
    type: str
    status: Literal["posted", "pending", "voided", "expired"]
    wallet_id: str
    other_wallet_id: str | None
    asset: str
    amount: Number
    expires_at: Instant | None = None
    original_transaction_id: str | None = Field(
        None, description="What a refund refunds, and the hold that a capture, void or expiry ends."
    )
    reference: str | None
    note: str | None
    mode: Literal["live", "test"]
    created_at: Instant
