"""Price plans of the operator: a monthly fee and prices by use, in tiers. Pure.

A plan is never changed, as a tenant agreed to it: other prices are another plan. The fee is due for the days on which
the plan is in force; tiers begin anew in each month and with each change of plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from .. import clock
from .amounts import half_up
from .lines import InvoiceItem

Meter = Literal["issue", "redemption", "active_customer", "message"]
Tiering = Literal["graduated", "volume"]
METERS: Final[Mapping[Meter, str]] = {
    "issue": "Issues",
    "redemption": "Redemptions",
    "active_customer": "Active customers",
    "message": "Messages",
}


@dataclass(frozen=True, slots=True)
class Tier:
    """Up to so many units (None: without end), a price in paise for each `per` units of the meter's price."""

    up_to: int | None
    unit_price: int


@dataclass(frozen=True, slots=True)
class MeterPrice:
    """`graduated`: each unit costs what its own tier says. `volume`: all cost what the tier of the whole says."""

    meter: Meter
    tiering: Tiering
    per: int
    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True)
class PricePlan:
    """Amounts in paise before tax, the rate in hundredths of a per cent."""

    id: str
    name: str
    monthly_fee: int
    meters: tuple[MeterPrice, ...]
    rate: int
    code: str
    archived: bool = False
    created_at: int = 0


@dataclass(frozen=True, slots=True)
class Phase:
    """A plan in force from a day to another, both inclusive (yyyymmdd); until further notice where `until` is None."""

    plan: str
    since: int
    until: int | None = None


@dataclass(frozen=True, slots=True)
class PlanPeriod:
    """The days of a month on which a plan is in force, both inclusive."""

    plan: str
    first: int
    last: int

    @property
    def days(self) -> int:
        return self.last - self.first + 1


def month_periods(phases: Sequence[Phase], month: int) -> list[PlanPeriod]:
    """What of a month (yyyymm) each phase covers, in order."""
    start, end = month * 100 + 1, month * 100 + month_days(month)
    found = []
    for phase in phases:
        first, last = max(phase.since, start), min(phase.until or end, end)
        if first <= last:
            found.append(PlanPeriod(phase.plan, first, last))
    return sorted(found, key=lambda period: period.first)


def month_days(month: int) -> int:
    following = clock.month_start(clock.add_months(month, 1), "UTC")
    return (following - clock.month_start(month, "UTC")) // clock.DAY_MS


def phases_with(phases: Sequence[Phase], plan: str | None, since: int) -> tuple[Phase, ...]:
    """The phases with another plan, or none, from a day on: what was to come after that day is dropped."""
    before = clock.local_day(clock.day_start(since, "UTC") - clock.DAY_MS, "UTC")
    kept = [
        Phase(phase.plan, phase.since, min(phase.until or before, before)) for phase in phases if phase.since < since
    ]
    return (*kept, Phase(plan, since)) if plan else tuple(kept)


def usage_items(plan: PricePlan, period: PlanPeriod, used: Mapping[Meter, int]) -> list[InvoiceItem]:
    """The lines of an invoice for a plan's days of a month. What costs nothing has no line."""
    days = month_days(period.first // 100)
    period_text = f"{_days_text(period)}"
    items = []
    fee = half_up(plan.monthly_fee * period.days, days)
    if fee:
        part = f", {period.days} of {days} days" if period.days < days else ""
        items.append(_plan_item(plan, f"{plan.name}, {period_text}{part}", fee, 1000, "OTH"))
    for price in plan.meters:
        for first, last, tier_price in tier_parts(price, used.get(price.meter, 0)):
            units = last - first + 1
            text = f"{METERS[price.meter]} {first:,} to {last:,}" if first < last else f"{METERS[price.meter]} {last:,}"
            per = f", per {price.per:,}" if price.per > 1 else ""
            items.append(_plan_item(plan, f"{text}, {period_text}{per}", tier_price, units * 1000 // price.per, "NOS"))
    return items


def tier_parts(price: MeterPrice, count: int) -> Iterator[tuple[int, int, int]]:
    """The first and last unit of each part that costs something, and its price in paise per `per` units."""
    if price.tiering == "volume":
        tier = next(each for each in price.tiers if each.up_to is None or count <= each.up_to)
        if count and tier.unit_price:
            yield 1, count, tier.unit_price
        return
    first = 1
    for tier in price.tiers:
        last = count if tier.up_to is None else min(count, tier.up_to)
        if last >= first and tier.unit_price:
            yield first, last, tier.unit_price
        first = max(first, last + 1)


def plan_record(plan: PricePlan) -> dict[str, Any]:
    meters = [
        {
            "meter": price.meter,
            "tiering": price.tiering,
            "per": price.per,
            "tiers": [{"to": tier.up_to, "price": tier.unit_price} for tier in price.tiers],
        }
        for price in plan.meters
    ]
    return {
        "name": plan.name,
        "fee": plan.monthly_fee,
        "meters": meters,
        "rate": plan.rate,
        "code": plan.code,
        "archived": plan.archived,
        "at": plan.created_at,
    }


def read_plan(record: Mapping[str, Any]) -> PricePlan:
    meters = tuple(
        MeterPrice(
            each["meter"],
            each["tiering"],
            each["per"],
            tuple(Tier(tier.get("to"), tier["price"]) for tier in each["tiers"]),
        )
        for each in record["meters"]
    )
    return PricePlan(
        record["sk"],
        record["name"],
        record["fee"],
        meters,
        record["rate"],
        record["code"],
        record["archived"],
        record["at"],
    )


def phase_record(phase: Phase) -> dict[str, Any]:
    return {"plan": phase.plan, "since": phase.since, **({"until": phase.until} if phase.until else {})}


def read_phases(record: Mapping[str, Any] | None) -> tuple[Phase, ...]:
    return tuple(Phase(each["plan"], each["since"], each.get("until")) for each in (record or {}).get("phases", []))


def _plan_item(plan: PricePlan, text: str, price: int, quantity: int, unit: str) -> InvoiceItem:
    return InvoiceItem(text, plan.code, price, plan.rate, quantity=quantity, unit=unit)


def _days_text(period: PlanPeriod) -> str:
    """`1 to 30 November 2026`."""
    from calendar import month_name

    year, month = period.first // 10000, period.first // 100 % 100
    first, last = period.first % 100, period.last % 100
    return f"{first} to {last} {month_name[month]} {year}" if first < last else f"{first} {month_name[month]} {year}"
