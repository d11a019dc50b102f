"""What the endpoints of price plans, subscriptions and usage invoices take and give."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StrictInt, StringConstraints

from ..api.models import Instant, Model, Number, Text
from .models import BilledLine, BilledTotals
from .plans import Meter, Tiering
from .profile_models import ExpectedVersion
from .return_models import Day, ReportMonth

Price = Annotated[Decimal, Field(ge=0, le=10**9, max_digits=12, decimal_places=2)]
PlanId = Annotated[str, StringConstraints(pattern=r"^plan_[0-9A-Z]{26}$")]


class TierIn(Model):
    up_to: StrictInt | None = Field(
        None, ge=1, le=10**12, description="The tier's last unit; null for the last tier.", examples=[1000]
    )
    unit_price: Price = Field(description="In rupees before tax, for each `per` units.", examples=["0.50"])


class MeterPriceIn(Model):
    meter: Meter = Field(
        description="`issue`, `redemption`: posted ones, also if they are reversed later. `active_customer`: customers "
        "with either. `message`: mail and text messages sent in the tenant's name.",
        examples=["issue"],
    )
    tiering: Tiering = Field(
        "graduated",
        description="`graduated`: each unit at the price of its own tier. `volume`: all at that of the last one.",
    )
    per: Literal[1, 10, 100, 1000] = Field(1, description="The price is for so many units.")
    tiers: list[TierIn] = Field(
        min_length=1,
        max_length=20,
        examples=[[{"up_to": 1000, "unit_price": "0"}, {"up_to": None, "unit_price": "0.50"}]],
    )


class CreatePricePlan(Model):
    """A plan is never changed. Archive it, and make another."""

    name: Text = Field(examples=["Growth"])
    monthly_fee: Price = Field(Decimal(0), description="In rupees before tax.", examples=["1500.00"])
    meters: list[MeterPriceIn] = Field(default_factory=list, max_length=4)
    gst_rate: Decimal = Field(Decimal(18), ge=0, le=100, decimal_places=2, description="Per cent.", examples=[18])
    hsn_or_sac: str = Field("998314", pattern=r"^[0-9]{4,8}$", description="Of every line.", examples=["998314"])


class TierOut(Model):
    up_to: int | None
    unit_price: Number


class MeterPriceOut(Model):
    meter: Meter
    tiering: Tiering
    per: int
    tiers: list[TierOut]


class PricePlanOut(Model):
    id: str = Field(examples=["plan_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    name: str
    monthly_fee: Number
    meters: list[MeterPriceOut]
    gst_rate: Number
    hsn_or_sac: str
    archived: bool
    created_at: Instant


class SaveSubscription(Model):
    plan_id: PlanId | None = Field(
        description="The plan from that day on; null ends the subscription.",
        examples=["plan_01KDC0V6M8W3T4Q9X2Z7N5B1FA"],
    )
    since: Day | None = Field(
        None,
        alias="from",
        description="The first day with this plan, or without any; today where left out. At the earliest the first of "
        "last month, and never in a month that is invoiced. What was planned for later days is dropped.",
    )
    version: ExpectedVersion = None


class PhaseOut(Model):
    plan_id: str
    first_day: str = Field(examples=["2026-11-01"])
    last_day: str | None = Field(description="Inclusive; null until further notice.", examples=["2027-03-31"])


class SubscriptionOut(Model):
    tenant_id: str
    phases: list[PhaseOut]
    invoiced_to: str | None = Field(description="The last month whose use has been invoiced.", examples=["2026-10"])
    version: int


class UsageQuery(Model):
    month: ReportMonth | None = Field(None, description="The current one where left out.")


class UsagePreview(Model):
    """What an invoice over the use so far would say. Nothing is stored."""

    tenant_id: str
    month: str
    used: list[UsedOut]
    lines: list[BilledLine]
    totals: BilledTotals
    invoice_id: str | None = Field(description="The month's invoice, if there is one already.")


class UsedOut(Model):
    plan_id: str
    first_day: str = Field(examples=["2026-11-01"])
    last_day: str = Field(examples=["2026-11-30"])
    units: dict[Meter, int] = Field(examples=[{"issue": 1250}])


class OperatorListQuery(Model):
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class StartUsageRun(Model):
    month: ReportMonth = Field(description="A month that ended more than a day ago.")


class UsageRunStarted(Model):
    month: str
    status: Literal["started"]


class UsageOutcome(Model):
    """`draft`: what a valid document lacks is in `missing`; mend it and run the month again, or finalize it by hand."""

    tenant_id: str
    status: Literal["invoiced", "nothing", "draft"]
    invoice_id: str | None
    missing: list[str]
    at: Instant


UsagePreview.model_rebuild()
