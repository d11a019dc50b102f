"""What the counter's endpoints take and give."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from .. import clock
from ..api.models import Amount, FieldsWrong, IdempotencyKey, Instant, Model, Note, Number, Text

CustomerWalletId = Annotated[str, Field(description="`wal_…`", examples=["wal_21CBYXTED3WGH5X3H3JBPET8VZ"])]
Phone = Annotated[
    str,
    StringConstraints(min_length=3, max_length=32),
    Field(description="In E.164, or as dialled in the tenant's country.", examples=["+919876543210"]),
]
QrText = Annotated[str, StringConstraints(min_length=8, max_length=128), Field(description="What the QR code reads.")]


class CustomerReference(Model):
    """A customer, by exactly one of the three."""

    phone: Phone | None = None
    wallet_id: CustomerWalletId | None = None
    qr: QrText | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> CustomerReference:
        if sum(value is not None for value in (self.phone, self.wallet_id, self.qr)) != 1:
            raise FieldsWrong("give exactly one of phone, wallet_id and qr", "phone", "wallet_id", "qr")
        return self


Series = Annotated[
    Text,
    Field(
        description="Where your bill numbers begin again each year: the series or financial year of `reference`. The "
        "same reference in another series is another bill.",
        examples=["2026-27"],
    ),
]


def _with_offset(text: str) -> str:
    """Refuses what is no instant: without an offset it would be another time in every zone."""
    try:
        clock.parse_iso(text)
        aware = datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        aware = False
    if not aware:
        raise ValueError("must be a time in ISO 8601 with its offset, such as 2026-11-14T10:05:00+05:30")
    return text


ClaimedInstant = Annotated[Instant, AfterValidator(_with_offset)]


class SaleItem(Model):
    """One line of the bill, for campaigns on certain items. Capital and small letters are the same."""

    amount: Amount = Field(description="INR, for the whole line after discounts.", examples=[180])
    sku: Text | None = Field(None, examples=["MUG-350"])
    category: Text | None = Field(None, examples=["kitchen"])
    brand: Text | None = Field(None, examples=["Kaveri"])


SaleItems = Annotated[
    list[SaleItem],
    Field(
        max_length=100,
        description="What was sold, as far as campaigns on items need it; it is not kept. Together no more than the "
        "bill.",
    ),
]
Reference = Annotated[
    Text,
    Field(
        description="Your own name for this, such as the bill's number; the idempotency key if none is sent. It is "
        "compared as it is written: `EQ`, `eq` and ` EQ ` are three.",
    ),
]


class IssueCoins(CustomerReference):
    bill_amount: Amount | None = Field(None, description="INR. Needed where `coins` is left out.")
    coins: Amount | None = Field(None, description="Computed from the earning rules when left out.")
    reference: Reference | None = None
    series: Series | None = None
    note: Note | None = Field(None, description="For your own records; shown in the ledger.", examples=["Diwali offer"])
    items: SaleItems | None = None
    referral_code: str | None = Field(
        None,
        min_length=8,
        max_length=16,
        description="The referrer's code, with the first bill of a new customer.",
        examples=["K7MX 2Q4B"],
    )
    idempotency_key: IdempotencyKey | None = None
    occurred_at: ClaimedInstant | None = Field(
        None,
        description="When the sale happened, for issues that are sent later, such as those of a till without a "
        "network. Kept and shown beside `created_at` as what you say: rules, caps, campaigns and expiry go by the time "
        "at which we get the issue. A time in the future counts as now, one over 30 days ago as 30 days ago.",
        examples=["2026-11-14T10:05:00+05:30"],
    )

    @model_validator(mode="after")
    def _bill_or_coins(self) -> IssueCoins:
        if self.bill_amount is None and self.coins is None:
            raise FieldsWrong("give bill_amount, or coins", "bill_amount", "coins")
        return self


class CalculateIssue(CustomerReference):
    bill_amount: Amount | None = None
    coins: Amount | None = None
    items: SaleItems | None = None

    @model_validator(mode="after")
    def _bill_or_coins(self) -> CalculateIssue:
        if self.bill_amount is None and self.coins is None:
            raise FieldsWrong("give bill_amount, or coins", "bill_amount", "coins")
        return self


class RedeemCoins(CustomerReference):
    coins: Amount
    bill_amount: Amount | None = Field(None, description="INR. The coins may not be worth more.")
    reference: Reference | None = None
    series: Series | None = None
    idempotency_key: IdempotencyKey | None = None


class CalculateRedeem(CustomerReference):
    coins: Amount
    bill_amount: Amount | None = None


class ReverseCoins(Model):
    coins: Amount | None = Field(None, description="Defaults to what is left of the transaction.")
    reason: Note | None = None
    reference: Reference | None = None
    idempotency_key: IdempotencyKey | None = None


class AppliedRule(Model):
    id: str
    version: int
    how: str


class AppliedCampaign(Model):
    """The campaign that gave coins beside the rule: `coins` of those issued are its."""

    id: str = Field(examples=["cmp_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    version: int
    coins: Number
    how: str


class AppliedTier(Model):
    """The customer's tier, where it gave coins beside the rule: `coins` of those issued are its. `version` is that of
    the program's tiers."""

    id: str = Field(examples=["tier_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    version: int
    coins: Number
    how: str = Field(examples=["Gold: 1.50 times the rule"])


class LotCoins(Model):
    month: str = Field(description="The month (YYYY-MM) with whose end the coins expire; `never` where they do not.")
    coins: Number
    expires_at: Instant | None


_REMAINDER = (
    "In a program that carries remainders: the part of a coin that is carried to the customer's next bill after this "
    "one. Below zero where a reversed bill's part has become a coin since."
)


class PendingAmount(Model):
    """Issued coins that can be spent once the time for returns is over."""

    coins: Number = Field(examples=[40])
    available_at: Instant


class IssueCalculation(Model):
    coins: Number
    referral_coins: Number | None = Field(
        None,
        description="For a new customer, while a referral campaign is running: what naming a `referral_code` with this "
        "bill brings them later.",
        examples=[40],
    )
    previous_balance: Number
    balance: Number
    bill_amount: Number | None
    rule: AppliedRule | None
    campaign: AppliedCampaign | None = None
    tier: AppliedTier | None = None
    remainder: Number | None = Field(None, description=_REMAINDER, examples=[0.6])
    available_at: Instant | None = Field(
        None, description="When the coins can be spent, where they are pending; null: at once."
    )
    expires_at: Instant | None
    mode: Literal["live", "test"]


class IssueResult(Model):
    transaction_id: str
    customer_id: str
    wallet_id: str
    coins_issued: Number
    previous_balance: Number
    balance: Number
    bill_amount: Number | None
    rule: AppliedRule | None
    campaign: AppliedCampaign | None = None
    tier: AppliedTier | None = None
    remainder: Number | None = Field(None, description=_REMAINDER, examples=[0.6])
    available_at: Instant | None = Field(
        None, description="When the coins can be spent, where they are pending; null: at once."
    )
    expires_at: Instant | None
    reference: str | None
    note: str | None
    mode: Literal["live", "test"]
    created_at: Instant
    occurred_at: Instant | None = Field(None, description="When the sale happened, as the request said.")


class MirTerms(Model):
    """The ceiling that the redemption was admitted under; what is left of it is in the merchant's stats."""

    month: str
    ratio: Number
    new_merchant: bool


class RedemptionCalculation(Model):
    coins: Number
    value: Number
    previous_balance: Number
    balance: Number
    payable: Number | None
    lots: list[LotCoins]
    mir: MirTerms | None
    mode: Literal["live", "test"]


class RedemptionResult(Model):
    transaction_id: str
    customer_id: str
    wallet_id: str
    coins_redeemed: Number
    value: Number
    previous_balance: Number
    balance: Number
    bill_amount: Number | None
    payable: Number | None
    lots: list[LotCoins]
    mir: MirTerms | None
    reference: str | None
    mode: Literal["live", "test"]
    created_at: Instant


class ReversalResult(Model):
    transaction_id: str
    reversed_transaction_id: str
    type: Literal["reverse_issue", "reverse_redeem"]
    customer_id: str
    wallet_id: str
    coins_reversed: Number
    shortfall: Number = Field(description="Coins of an undone issue that had been spent, under the policy `cap`.")
    expired: Number = Field(description="Coins that came back but are past.")
    previous_balance: Number
    balance: Number
    reference: str | None
    reason: str | None
    mode: Literal["live", "test"]
    created_at: Instant


class NextTier(Model):
    name: str = Field(examples=["Gold"])
    earned: Number = Field(description="Coins to be earned in the period for it.", examples=[2000])
    missing: Number = Field(description="How many of them are still missing.", examples=[350])


class CustomerTier(Model):
    """The tier that a customer has now. What counts are the coins earned in the period, less what was reversed; coins
    that were redeemed count too."""

    id: str | None = Field(description="Null below the first tier.", examples=["tier_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    name: str | None = Field(examples=["Silver"])
    multiplier: Number = Field(description="Of what an earning rule gives.", examples=[1.25])
    benefits: list[str] = Field(examples=[["Free delivery"]])
    earned: Number = Field(description="Coins earned in the period so far.", examples=[1650])
    by_grace: bool = Field(description="Fewer coins were earned than the tier takes, and it is kept for a while.")
    until: str | None = Field(
        description="The month (YYYY-MM) with whose end the tier is lost if nothing more is earned; null: it stays.",
        examples=["2027-10"],
    )
    next: NextTier | None = Field(description="Null at the highest tier.")


class CustomerBalance(Model):
    customer_id: str
    wallet_id: str
    balance: Number
    held: Number
    available: Number
    pending: list[PendingAmount] = Field(
        default_factory=list, description="Coins of the balance that cannot be spent yet, the earliest first."
    )
    value: Number = Field(description="What the available coins are worth, in INR.")
    expiring: list[LotCoins]
    remainder: Number | None = Field(
        None,
        description="In a program that carries remainders: the part of a coin that is carried to the customer's next "
        "bill.",
        examples=[0.6],
    )
    tier: CustomerTier | None = Field(None, description="Null in a program without tiers.")
    mode: Literal["live", "test"]


class RecentCustomers(Model):
    limit: int = Field(10, ge=1, le=50)


class RecentCustomer(Model):
    customer_id: str
    wallet_id: str
    phone: str | None
    name: str | None = Field(
        None,
        description="For the program's owner and the merchant who registered the customer.",
        examples=["Asha Rao"],
    )
    last_visit: Instant
    last_type: str
    last_coins: Number


class ImportedTransaction(Model):
    """It moved nothing here: coins that came from the other system are an entry of the ledger of type `import`."""

    occurred_at: Instant
    type: Literal["purchase", "earned", "redeemed", "expired", "adjusted"]
    coins: Number | None = Field(description="Below zero where they were taken.", examples=[120])
    bill_amount: Number | None = Field(examples=[2400.0])
    reference: str | None = Field(examples=["A-1042"])
    place: str | None = Field(description="The shop or branch.", examples=["Jayanagar"])
    note: str | None = Field(examples=["Birthday treat"])
    import_id: str = Field(examples=["imp_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])


class CustomerNamed(Model):
    """Whose it is, for callers who may see customers."""

    customer_phone: str | None = Field(
        None, description="Masked; for callers who may see customers.", examples=["+91 •••••• 3210"]
    )
    customer_name: str | None = Field(
        None, description="For the program's owner and the merchant who registered the customer.", examples=["Asha Rao"]
    )
