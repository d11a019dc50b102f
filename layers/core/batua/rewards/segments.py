"""Segments by recency, frequency and value, and monthly cohorts. Pure: no store, no clock.

A customer is scored from 1 to 5 by the days since the last bill, by the bills of twelve months, and by the coins earned
in them, each against the other customers of the program (quintiles; equal figures score the same). Two rules are
absolute, so that a shop's first weeks make sense: who came within 30 days is not said to be leaving, and who has no
bill in twelve months is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from .. import clock

Segment = Literal["champions", "loyal", "new", "promising", "needs_attention", "at_risk", "hibernating", "lost"]
SEGMENTS: Final[tuple[Segment, ...]] = (
    "champions",
    "loyal",
    "new",
    "promising",
    "needs_attention",
    "at_risk",
    "hibernating",
    "lost",
)
COHORTS: Final = 13
"""The present month and the twelve before it."""

SURVEYED_MONTHS: Final = 24
_YEAR: Final = 12
_RECENT_DAYS: Final = 30
_NEW_BILLS: Final = 2


@dataclass(slots=True)
class SurveyedCustomer:
    """What is known of one customer. Months are yyyymm, days yyyymmdd, coins in minor units."""

    first: int = 0
    """The month of the first bill; 0 before there is one."""
    last: int = 0
    """The day of the last bill."""
    bills: dict[int, int] = field(default_factory=dict)
    coins: dict[int, int] = field(default_factory=dict)
    """Earned by month, less what was reversed of it."""
    lots: dict[int, int] = field(default_factory=dict)
    """Held by month of expiry."""
    held: int = 0
    """Under holds."""

    def bills_since(self, month: int) -> int:
        return sum(count for each, count in self.bills.items() if each >= month)

    def coins_since(self, month: int) -> int:
        return sum(coins for each, coins in self.coins.items() if each >= month)

    def holds(self, month: int) -> int:
        """The balance in a month: without what has expired by then."""
        return self.held + sum(coins for each, coins in self.lots.items() if each >= month)


@dataclass(frozen=True, slots=True)
class Scale:
    """The highest figure of each of the four lower quintiles."""

    bounds: tuple[int, ...]

    @staticmethod
    def of(figures: Iterable[int]) -> Scale:
        ordered = sorted(figures)
        count = len(ordered)
        return Scale(tuple(ordered[-(-count * part // 5) - 1] for part in range(1, 5)) if ordered else ())

    def score(self, figure: int) -> int:
        """1 for the lowest quintile, 5 for the highest."""
        return 1 + sum(figure > bound for bound in self.bounds)


@dataclass(frozen=True, slots=True)
class Scales:
    """What a program's customers are scored against, as of a day."""

    today: int
    days: Scale
    bills: Scale
    coins: Scale

    @property
    def year_from(self) -> int:
        """The first of the twelve months that count."""
        return clock.add_months(self.today // 100, 1 - _YEAR)


@dataclass(frozen=True, slots=True)
class SegmentFigures:
    segment: Segment
    customers: int = 0
    bills: int = 0
    """Of twelve months."""
    earned: int = 0
    """Coins of twelve months."""
    held: int = 0
    """Coins in the wallets now."""
    days: int = 0
    """Since the last bill, the sum over all."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """The customers whose first bill was in a month: how many of them came in it and in each month after it, and what
    they earned."""

    month: int
    customers: int
    active: tuple[int, ...]
    coins: tuple[int, ...]


def scales_of(customers: Sequence[SurveyedCustomer], today: int) -> Scales:
    """Of those with a bill in twelve months; the others are lost anyway, and would only lower the scale."""
    since = clock.add_months(today // 100, 1 - _YEAR)
    seen = [each for each in customers if each.bills_since(since)]
    return Scales(
        today,
        Scale.of(days_between(each.last, today) for each in seen),
        Scale.of(each.bills_since(since) for each in seen),
        Scale.of(each.coins_since(since) for each in seen),
    )


def segment_of(customer: SurveyedCustomer, scales: Scales) -> Segment:
    bills, days = customer.bills_since(scales.year_from), days_between(customer.last, scales.today)
    if not bills:
        return "lost"
    recency = 6 - scales.days.score(days)
    if days <= _RECENT_DAYS:
        recency = max(recency, 3)
    value = (scales.bills.score(bills) + scales.coins.score(customer.coins_since(scales.year_from)) + 1) // 2
    this_month = scales.today // 100
    if customer.first >= clock.add_months(this_month, -1) and bills <= _NEW_BILLS and recency >= 3:
        return "new"
    if recency >= 4:
        return "champions" if value >= 4 else "loyal" if value == 3 else "promising"
    if recency == 3:
        return "loyal" if value >= 3 else "needs_attention"
    if value >= 3:
        return "at_risk"
    return "hibernating" if recency == 2 else "lost"


def segment_figures(customers: Sequence[SurveyedCustomer], scales: Scales) -> list[SegmentFigures]:
    """Each segment, the empty ones too. Every customer is in exactly one."""
    sums: dict[Segment, list[int]] = {segment: [0] * 5 for segment in SEGMENTS}
    month = scales.today // 100
    for each in customers:
        one = sums[segment_of(each, scales)]
        figures = (
            1,
            each.bills_since(scales.year_from),
            each.coins_since(scales.year_from),
            each.holds(month),
            days_between(each.last, scales.today),
        )
        for place, figure in enumerate(figures):
            one[place] += figure
    return [SegmentFigures(segment, *sums[segment]) for segment in SEGMENTS]


def cohorts_of(customers: Sequence[SurveyedCustomer], month: int) -> list[Cohort]:
    """By the month of the first bill, the latest last, up to the present `month`."""
    made = []
    for back in range(COHORTS - 1, -1, -1):
        first = clock.add_months(month, -back)
        members = [each for each in customers if each.first == first]
        months = [clock.add_months(first, offset) for offset in range(back + 1)]
        active = tuple(sum(1 for each in members if each.bills.get(one)) for one in months)
        coins = tuple(sum(each.coins.get(one, 0) for each in members) for one in months)
        made.append(Cohort(first, len(members), active, coins))
    return made


def days_between(day: int, later: int) -> int:
    """Between two days (yyyymmdd); never below zero."""
    return max(0, _ordinal(later) - _ordinal(day))


def _ordinal(day: int) -> int:
    """Days by the proleptic Gregorian calendar (H. Hinnant, `days_from_civil`): a million customers take no dates."""
    year, month, date = day // 10_000, day // 100 % 100, day % 100
    year -= month <= 2
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + date - 1
    return 365 * year + year // 4 - year // 100 + year // 400 + of_year


def kept(figures: Mapping[int, int], month: int) -> dict[int, int]:
    """Figures by month, without months that are too old for any report."""
    first = clock.add_months(month, 1 - SURVEYED_MONTHS)
    return {each: count for each, count in figures.items() if each >= first and count > 0}
