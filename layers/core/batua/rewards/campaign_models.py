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


class CampaignRules(Model):
    """When and for which bills a campaign gives how much. All conditions must hold."""

    name: Text = Field(examples=["Double Tuesday"])
    type: Literal["multiplier", "bonus"] = Field(examples=["multiplier"])
    multiplier: Amount | None = Field(
        None, description="Of type `multiplier`: what the earning rule gives, times this. At most 100.", examples=[2]
    )
    coins: Amount | None = Field(None, description="Of type `bonus`: so many coins beside the rule's.", examples=[50])
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
    budget: Amount | None = Field(
        None, description="Coins that the campaign gives at most, in all; no limit when left out.", examples=[100000]
    )

    @model_validator(mode="after")
    def _what_it_gives(self) -> CampaignRules:
        if (self.type == "multiplier") != (self.multiplier is not None) or (self.type == "bonus") != (
            self.coins is not None
        ):
            raise FieldsWrong(
                "type multiplier needs multiplier, type bonus needs coins, and neither takes the other",
                "multiplier",
                "coins",
            )
        if self.first_purchase and self.win_back_days is not None:
            raise FieldsWrong(
                "a first purchase is nobody's return: give one of first_purchase and win_back_days",
                "first_purchase",
                "win_back_days",
            )
        return self


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
    type: Literal["multiplier", "bonus"]
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
    budget: Number | None = Field(examples=[100000])
    budget_left: Number | None = Field(examples=[61500])


class CampaignSimulation(Model):
    """What the campaign would have given on the sales of these days, at its days and hours, whatever its dates."""

    since: Instant
    until: Instant
    sales: int = Field(description="Issues with a bill that earned by a rule.", examples=[1240])
    matched: int = Field(description="Those that the campaign would have given coins for.", examples=[310])
    coins: Number = Field(description="What it would have given beside the rules.", examples=[7750])
    value: Number = Field(description="What those coins are worth, in INR.", examples=[7750])
    budget_spent_at: Instant | None = Field(description="When the budget no longer covered a sale.")
    complete: bool = Field(description="False where there were more sales than one answer looks at.")
