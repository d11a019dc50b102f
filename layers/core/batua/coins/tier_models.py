"""A customer's tier, as the counter and the customer see it."""

from __future__ import annotations

from pydantic import Field

from ..api.models import Model, Number


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
