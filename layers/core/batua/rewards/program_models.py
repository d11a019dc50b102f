"""What the endpoints on coin programs take and give."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from ..api.models import Amount, FieldsWrong, Hour, IdempotencyKey, Instant, Model, Note, Number, Percent, Text, plain
from ..coins.rule_wire import MAX_RULES, RuleIn, RuleOut
from ..ledger.model import Funding, ProgramStatus, ReversalPolicy
from .tier_models import ProgramTiers, ProgramTiersOut

ProgramKind = Literal["network", "closed", "application"]
UnitName = Annotated[
    str, StringConstraints(min_length=1, max_length=32, pattern=r"^[^\x00-\x1f\x7f]+$"), AfterValidator(plain)
]
"""A word for coins. Customers get it in text messages, in our name: it is no link."""
TermsUrl = Annotated[str, StringConstraints(max_length=500, pattern=r"^https://[^\s<>\"']+$")]
ProgramInstant = Annotated[str, Field(description="ISO 8601", examples=["2027-01-01T00:00:00+05:30"])]
WholeNumber = Annotated[int, Field(strict=True)]


class CoinNames(Model):
    singular: UnitName = Field("coin", examples=["crumb"])
    plural: UnitName = Field("coins", examples=["crumbs"])


class ProgramExpiry(Model):
    """When coins expire. `months`: with the end of the month that many months after their issue; `month_end`: with
    the end of the month of their issue; `never`: not at all."""

    type: Literal["never", "months", "month_end"] = Field(examples=["months"])
    months: WholeNumber | None = Field(None, ge=1, le=120, description="Needed by type `months`.", examples=[12])

    @model_validator(mode="after")
    def _months_where_needed(self) -> ProgramExpiry:
        if (self.type == "months") != (self.months is not None):
            raise FieldsWrong("type months needs months, the other types have none", "months")
        return self


class ProgramMir(Model):
    """The minimum issuance ratio of a network: what a merchant may redeem in a month, per coin that it issued in it."""

    ratio: Amount = Field(description="At most two decimals.", examples=[3])
    new_merchant_ratio: Amount = Field(description="In a merchant's first days.", examples=[5])
    new_merchant_days: WholeNumber = Field(30, ge=0, le=366, examples=[30])
    floor: Amount | None = Field(
        None, description="Coins that every merchant may redeem in a month before it has issued any.", examples=[500]
    )


class ProgramMirOut(Model):
    ratio: Number
    new_merchant_ratio: Number
    new_merchant_days: int
    floor: Number | None


class ProgramQuietHours(Model):
    """In the program's time zone."""

    begin: Hour = Field(examples=["22:00"])
    end: Hour = Field(description="On the next day, if it is before the beginning.", examples=["08:00"])


class ProgramMessages(Model):
    """Text messages to customers. They are sent in the merchant's name, and customers can turn each kind off."""

    receipts: bool = Field(
        False, strict=True, description="After coins were issued, redeemed or reversed, and as a redemption goes on."
    )
    expiry_reminders: bool = Field(False, strict=True, description="30 and 7 days before coins expire.")
    quiet_hours: ProgramQuietHours | None = Field(None, description="Messages wait until they are over.")


class ProgramIn(Model):
    """A coin program. `name`, `kind` and `earn_percent` make one that is ready to use; all else has a default."""

    name: Text = Field(examples=["Anand Crumbs"])
    kind: ProgramKind = Field(
        description="`closed`: your own shop's coins. `application`: points that your application credits and debits. "
        "`network`: coins of many merchants, which the operator alone can create.",
        examples=["closed"],
    )
    earn_percent: Percent | None = Field(
        None,
        description="Short for one earning rule: so much of each bill comes back in coins. Leave it out where you "
        "send `rules`.",
        examples=[5],
    )
    description: Note | None = Field(None, examples=["A crumb for every loaf."])
    coin: CoinNames = Field(default_factory=CoinNames)
    decimals: WholeNumber = Field(0, ge=0, le=2, description="Decimals that an amount of coins has.", examples=[0])
    coin_value: Amount | None = Field(
        None, description="What one coin is worth, in the currency; 1 when left out.", examples=[1]
    )
    currency: str = Field(
        "INR", pattern=r"^[A-Z]{3}$", description="INR, except in programs of kind application.", examples=["INR"]
    )
    expiry: ProgramExpiry | None = Field(None, description="12 months when left out.")
    mir: ProgramMir | None = Field(
        None, description="For networks; 3, and 5 in a merchant's first 30 days, when left out."
    )
    reversal_policy: ReversalPolicy = Field(
        "cap",
        description="When an issue is reversed whose coins are spent: take what is left (`cap`), let the balance go "
        "`negative`, or `reject`.",
    )
    funding: Funding = Field(
        "none",
        description="`prefunded`: issuing takes the coins' value from the merchant's rupee wallet; a campaign's gifts "
        "for birthdays and referrals take it from that of the program's owner.",
    )
    time_zone: str | None = Field(None, description="The tenant's when left out.", examples=["Asia/Kolkata"])
    rules: list[RuleIn] = Field(
        default_factory=list, max_length=MAX_RULES, description="Earning rules of members without rules of their own."
    )
    terms_url: TermsUrl | None = Field(None, examples=["https://anandbakery.example/crumbs/terms"])
    starts_at: ProgramInstant | None = Field(None, description="Nothing is issued before; at once when left out.")
    ends_at: ProgramInstant | None = Field(None, description="Nothing is issued from then on; null: no end.")
    messages: ProgramMessages = Field(default_factory=ProgramMessages, description="None are sent when left out.")
    tiers: ProgramTiers | None = Field(None, description="None when left out.")
    carry_remainders: bool = Field(
        False,
        strict=True,
        description="The part of a coin that a bill earns is carried to the customer's next bill, instead of dropped: "
        "at 2 %, bills of 30 and 20 rupees make a coin. For rules of type `percentage` that round down.",
        examples=[True],
    )
    pending_days: WholeNumber = Field(
        0,
        ge=0,
        le=180,
        description="Your time for returns: issued coins can be spent once so many days after the day of the issue are "
        "over. Their expiry counts from then on. For coins that are issued after the change.",
        examples=[14],
    )
    status: Literal["draft", "active", "paused"] = Field(
        "active", description="A draft and a paused program issue and redeem no coins."
    )

    @model_validator(mode="after")
    def _rules_once(self) -> ProgramIn:
        if self.rules and self.earn_percent is not None:
            raise FieldsWrong("give rules or earn_percent, not both", "rules", "earn_percent")
        return self


class CreateProgram(ProgramIn):
    idempotency_key: IdempotencyKey | None = None


class ReplaceProgram(ProgramIn):
    version: WholeNumber | None = Field(
        None, ge=1, description="As read; like `If-Match`, the change is refused if the program has moved on."
    )


class UpdateProgram(Model):
    """Only the fields that are sent change; null puts a field back to its default."""

    name: Text | None = None
    kind: ProgramKind | None = None
    earn_percent: Percent | None = None
    description: Note | None = None
    coin: CoinNames | None = None
    decimals: WholeNumber | None = Field(None, ge=0, le=2)
    coin_value: Amount | None = None
    currency: str | None = Field(None, pattern=r"^[A-Z]{3}$")
    expiry: ProgramExpiry | None = None
    mir: ProgramMir | None = None
    reversal_policy: ReversalPolicy | None = None
    funding: Funding | None = None
    time_zone: str | None = None
    rules: list[RuleIn] | None = Field(None, max_length=MAX_RULES)
    terms_url: TermsUrl | None = None
    starts_at: ProgramInstant | None = None
    ends_at: ProgramInstant | None = None
    messages: ProgramMessages | None = None
    tiers: ProgramTiers | None = None
    carry_remainders: bool | None = Field(None, strict=True)
    pending_days: WholeNumber | None = Field(None, ge=0, le=180)
    status: Literal["draft", "active", "paused"] | None = None
    version: WholeNumber | None = Field(
        None, ge=1, description="As read; like `If-Match`, the change is refused if the program has moved on."
    )


class ProgramOut(Model):
    id: str = Field(examples=["prg_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    owner_id: str = Field(examples=["ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    role: Literal["owner", "member", "invited"] = Field(description="What the caller's tenant is in it.")
    name: str
    kind: ProgramKind
    status: ProgramStatus
    issuing: bool = Field(description="Whether coins can be issued now.")
    redeeming: bool = Field(description="Whether coins can be redeemed now.")
    description: str | None
    coin: CoinNames
    decimals: int
    coin_value: Number
    currency: str
    expiry: ProgramExpiry
    mir: ProgramMirOut | None
    reversal_policy: ReversalPolicy
    funding: Funding
    time_zone: str
    rules: list[RuleOut]
    terms_url: str | None
    starts_at: Instant | None
    ends_at: Instant | None
    messages: ProgramMessages
    tiers: ProgramTiersOut | None
    carry_remainders: bool
    pending_days: int
    spendable_until: str | None = Field(
        description="Where it has an end: the month (YYYY-MM) with whose end its last coins expire, or `never`.",
        examples=["2027-11"],
    )
    version: int
    created_at: Instant
    updated_at: Instant


class ProgramsQuery(Model):
    kind: ProgramKind | None = None
    status: ProgramStatus | None = None
