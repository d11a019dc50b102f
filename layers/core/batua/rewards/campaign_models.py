"""What the endpoints on campaigns take and give."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StringConstraints, model_validator

from ..api.models import Amount, FieldsWrong, IdempotencyKey, Instant, Model, Number, Text
from .program_models import ProgramInstant

CampaignDay = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
TimeOfDay = Annotated[
    str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"), Field(examples=["17:00"])
]


class CampaignHours(Model):
    """From one time of the day to another, in the program's time zone; `22:00` to `02:00` goes over midnight."""

    from_time: TimeOfDay = Field(alias="from", examples=["17:00"])
    until: TimeOfDay = Field(examples=["21:00"])


ItemName = Annotated[str, StringConstraints(min_length=1, max_length=48, pattern=r"^[^\x00-\x1f\x7f]+$")]


class CampaignItems(Model):
    """Which lines of a bill a campaign is for: those that are named in each list that is not empty."""

    skus: list[ItemName] = Field(default_factory=list, max_length=20, examples=[["MUG-350"]])
    categories: list[ItemName] = Field(default_factory=list, max_length=10, examples=[["kitchen"]])
    brands: list[ItemName] = Field(default_factory=list, max_length=10, examples=[["Kaveri"]])


CampaignType = Literal["multiplier", "bonus", "birthday", "referral"]
_BILL_CONDITIONS = (
    "multiplier",
    "weekdays",
    "hours",
    "maximum_bill",
    "merchants",
    "first_purchase",
    "win_back_days",
    "anniversary_days",
    "items",
)
_REFERRAL_TERMS = ("referrer_coins", "wait_days", "per_referrer")


class CampaignRules(Model):
    """When and for which bills a campaign gives how much. All conditions must hold."""

    name: Text = Field(examples=["Double Tuesday"])
    type: CampaignType = Field(
        description="`multiplier` and `bonus` give coins with a bill. `birthday` gives them once a year on the day "
        "that the customer has given on their page, `referral` once for a new customer who names the code of another.",
        examples=["multiplier"],
    )
    multiplier: Amount | None = Field(
        None, description="Of type `multiplier`: what the earning rule gives, times this. At most 100.", examples=[2]
    )
    coins: Amount | None = Field(
        None,
        description="Number of coins: for type `bonus` on top of the rule's, for type `referral` for the new customer.",
        examples=[50],
    )
    referrer_coins: Amount | None = Field(
        None, description="Of type `referral`: for the customer whose code was named.", examples=[100]
    )
    wait_days: int | None = Field(
        None,
        strict=True,
        ge=0,
        le=90,
        description="Of type `referral`: how many days the new customer's first bill has to stand before coins are "
        "given. The program's `pending_days` when left out, or else 7.",
        examples=[14],
    )
    per_referrer: int | None = Field(
        None,
        strict=True,
        ge=1,
        le=1000,
        description="Of type `referral`: how many new customers count for one customer in a calendar year. 20 when "
        "left out.",
        examples=[20],
    )
    weekdays: list[CampaignDay] = Field(default_factory=list, max_length=7, description="Every day when left out.")
    hours: CampaignHours | None = Field(None, description="All day when left out.")
    minimum_bill: Amount | None = Field(None, examples=[500])
    maximum_bill: Amount | None = Field(None, examples=[10000])
    merchants: list[str] = Field(
        default_factory=list, max_length=20, description="A network's members, `ten_…`; all when left out."
    )
    first_purchase: StrictBool = Field(False, description="Only for the first coins that a customer gets.")
    win_back_days: int | None = Field(
        None,
        strict=True,
        ge=7,
        le=365,
        description="Only for customers who have earned coins before, and not in so many days.",
        examples=[60],
    )
    anniversary_days: int | None = Field(
        None,
        strict=True,
        ge=1,
        le=60,
        description="Only for the first bill within this many days after the anniversary of the customer's joining.",
        examples=[7],
    )
    items: CampaignItems | None = Field(
        None,
        description="Only for certain items, where a bill says which it has: a multiplier multiplies their part of "
        "what the rule gives, a bonus is given once for a bill that has one.",
    )
    budget: Amount | None = Field(
        None, description="Coins that the campaign gives at most, in all; no limit when left out.", examples=[100000]
    )

    @model_validator(mode="after")
    def _what_it_gives(self) -> CampaignRules:
        if (self.type == "multiplier") != (self.multiplier is not None):
            raise FieldsWrong("type multiplier needs multiplier, and no other type takes it", "multiplier")
        if self.type == "referral":
            if self.coins is None and self.referrer_coins is None:
                raise FieldsWrong("type referral needs coins, referrer_coins or both", "coins", "referrer_coins")
        elif (self.type == "multiplier") == (self.coins is not None):
            raise FieldsWrong("types bonus and birthday need coins, and type multiplier takes none", "coins")
        self._require_left_out(_REFERRAL_TERMS, self.type != "referral", "is for type referral alone")
        apart = self.type in ("birthday", "referral")
        self._require_left_out(_BILL_CONDITIONS, apart, f"is about a bill: leave it out for type {self.type}")
        self._require_left_out(("minimum_bill",), self.type == "birthday", "is about a bill: leave it out")
        who = ("first_purchase", "win_back_days", "anniversary_days")
        chosen = [name for name in who if getattr(self, name)]
        if len(chosen) > 1:
            raise FieldsWrong("no customer can be all of these: give one of them", *chosen)
        if self.items is not None and not (self.items.skus or self.items.categories or self.items.brands):
            raise FieldsWrong("must name at least one SKU, category or brand", "items")
        return self

    def _require_left_out(self, names: tuple[str, ...], wrong: bool, why: str) -> None:
        given = [name for name in names if getattr(self, name)]
        if wrong and given:
            raise FieldsWrong(why, *given)


class CreateCampaign(CampaignRules):
    starts_at: ProgramInstant | None = Field(None, description="At once when left out.")
    ends_at: ProgramInstant
    idempotency_key: IdempotencyKey | None = None


class SimulateCampaign(CampaignRules):
    days: int = Field(30, strict=True, ge=1, le=92, description="How many days back the sales go.", examples=[30])


class CampaignOut(Model):
    id: str = Field(examples=["cmp_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    program_id: str = Field(examples=["prg_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    version: int
    name: str
    type: CampaignType
    status: Literal["scheduled", "running", "ended"]
    multiplier: Number | None = Field(examples=[2])
    coins: Number | None
    starts_at: Instant
    ends_at: Instant = Field(examples=["2026-12-31T18:30:00.000Z"])
    weekdays: list[CampaignDay]
    hours: CampaignHours | None
    minimum_bill: Number | None
    maximum_bill: Number | None
    merchants: list[str] = Field(examples=[["ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA"]])
    first_purchase: bool
    win_back_days: int | None
    anniversary_days: int | None = None
    items: CampaignItems | None = None
    referrer_coins: Number | None = Field(None, examples=[100])
    wait_days: int | None = None
    per_referrer: int | None = None
    budget: Number | None = Field(examples=[100000])
    budget_left: Number | None = Field(examples=[61500])


class CampaignSimulation(Model):
    """What the campaign would have given on the sales of these days, at its days and hours, whatever its dates."""

    since: Instant
    until: Instant
    sales: int = Field(description="Issues with a bill that earned by a rule.", examples=[1240])
    matched: int = Field(description="Those that the campaign would have given coins for.", examples=[310])
    coins: Number = Field(description="Coins that it would have given on top of the rules.", examples=[7750])
    value: Number = Field(description="What those coins are worth, in INR.", examples=[7750])
    budget_spent_at: Instant | None = Field(description="When the budget no longer covered a sale.")
    complete: bool = Field(description="False if there were more sales than one request can process.")
