"""A program's tiers, as requests and answers have them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from ..api.models import Amount, Model, Number, plain
from ..ledger.tiers import MAX_GRACE_MONTHS, MAX_PERIOD_MONTHS

Label = Annotated[
    str, StringConstraints(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$"), AfterValidator(plain)
]
Benefit = Annotated[
    str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$"), AfterValidator(plain)
]


class TierPeriod(Model):
    """The time whose earnings count. `rolling`: the present month and those before it, `months` in all.
    `calendar_year`: from the beginning of the month `starts_in`, 4 for the Indian financial year."""

    type: Literal["rolling", "calendar_year"] = Field("rolling", examples=["rolling"])
    months: int | None = Field(
        None, strict=True, ge=1, le=MAX_PERIOD_MONTHS, description="Of type `rolling`; 12 when left out.", examples=[12]
    )
    starts_in: int | None = Field(
        None, strict=True, ge=1, le=12, description="Of type `calendar_year`; 1 (January) when left out."
    )

    @model_validator(mode="after")
    def _own_fields(self) -> TierPeriod:
        if self.type == "rolling" and self.starts_in is not None:
            raise ValueError("starts_in is for type calendar_year")
        if self.type == "calendar_year" and self.months is not None:
            raise ValueError("months is for type rolling")
        return self


class ProgramTier(Model):
    """A customer is in the highest tier whose `earned` they reach in the period."""

    id: str | None = Field(None, description="Of a tier that is there already; new ones are given an id.")
    name: Label = Field(examples=["Gold"])
    earned: Amount | None = Field(
        None,
        description="Coins to be earned in the period. Left out by a first tier that every customer has.",
        examples=[2000],
    )
    multiplier: Amount | None = Field(
        None, description="Of what an earning rule gives, from 1 to 100; 1 when left out.", examples=[1.5]
    )
    benefits: list[Benefit] = Field(
        default_factory=list,
        max_length=8,
        description="Shown to the customer and at the counter.",
        examples=[["Free delivery"]],
    )


class ProgramTiers(Model):
    """Tiers by the coins that a customer earned in a period; never by the balance."""

    period: TierPeriod = Field(default_factory=lambda: TierPeriod(type="rolling"))
    grace_months: int = Field(
        0,
        strict=True,
        ge=0,
        le=MAX_GRACE_MONTHS,
        description="Who earns too little for a tier keeps it for so many months more.",
        examples=[3],
    )
    levels: list[ProgramTier] = Field(min_length=1, max_length=6, description="The lowest first.")


class ProgramTierOut(Model):
    id: str = Field(examples=["tier_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    name: str = Field(examples=["Gold"])
    earned: Number | None = Field(examples=[2000])
    multiplier: Number = Field(examples=[1.5])
    benefits: list[str] = Field(examples=[["Free delivery"]])


class ProgramTiersOut(Model):
    version: int = Field(description="Changes with the tiers; entries name it.")
    period: TierPeriod
    grace_months: int
    levels: list[ProgramTierOut]
