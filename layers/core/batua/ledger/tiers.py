"""Tiers: what customers get for the coins that they earned in a period. Pure.

What counts are the coins earned, less those of issues that were reversed; never the balance, so nobody loses a tier by
redeeming. A tier follows from the wallet's qualifying coins by month alone. Nothing else is stored, so it is the same
whenever it is computed, and a reversal counts at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from ..clock import add_months

KEPT_MONTHS: Final = 24
"""A wallet keeps the qualifying coins of so many months: those of the longest period and the longest grace."""

MAX_PERIOD_MONTHS: Final = 12
MAX_GRACE_MONTHS: Final = KEPT_MONTHS - MAX_PERIOD_MONTHS

_FACTOR_UNIT: Final = 100

Qualifying = Mapping[int, int]
"""Month (yyyymm) -> coins (minor) earned in it. A month without any is not in it."""


@dataclass(frozen=True, slots=True)
class LoyaltyTier:
    """Reached by `earned` coins (minor) in the period. It multiplies what an earning rule gives by `factor`, in
    hundredths."""

    id: str
    name: str
    earned: int
    factor: int = _FACTOR_UNIT


@dataclass(frozen=True, slots=True)
class TierPolicy:
    """A program's tiers, the lowest first.

    The period is rolling (the present month and those before it, `months` in all) or the calendar year that begins
    with the month `starts_in`. Who falls below a tier keeps it for `grace` months more.
    """

    tiers: tuple[LoyaltyTier, ...]
    period: Literal["rolling", "calendar"] = "rolling"
    months: int = MAX_PERIOD_MONTHS
    starts_in: int = 1
    grace: int = 0
    version: int = 1


@dataclass(frozen=True, slots=True)
class TierStanding:
    """A customer's tier in a month. `until` is the last month in which it is kept if nothing more is earned."""

    tier: LoyaltyTier | None
    earned: int
    """Coins (minor) earned in the period."""
    by_grace: bool
    until: int | None
    next: LoyaltyTier | None
    missing: int
    """Coins (minor) still to be earned in the period for the next tier."""


def count_qualifying(qualifying: Qualifying, change: Qualifying, month: int) -> dict[int, int]:
    """The qualifying coins after a change of some months; what is too old by `month` is dropped."""
    first = add_months(month, 1 - KEPT_MONTHS)
    counted = {each: qualifying.get(each, 0) + change.get(each, 0) for each in sorted({*qualifying, *change})}
    return {each: coins for each, coins in counted.items() if coins > 0 and each >= first}


def earned_in_period(policy: TierPolicy, qualifying: Qualifying, month: int) -> int:
    """Coins earned in the period that ends with a month."""
    first = _period_start(policy, month)
    return sum(coins for each, coins in qualifying.items() if first <= each <= month)


def tier_in(policy: TierPolicy, qualifying: Qualifying, month: int) -> LoyaltyTier | None:
    """The tier that a customer has in a month: the highest one reached in it, or in one of the months of grace."""
    most = max(earned_in_period(policy, qualifying, add_months(month, -back)) for back in range(policy.grace + 1))
    return _reached(policy, most)


def tiers_held(policy: TierPolicy | None, qualifying: Qualifying, month: int) -> frozenset[str]:
    """The ids of the customer's tier and of those below it: what opens to each of them."""
    tier = tier_in(policy, qualifying, month) if policy else None
    if policy is None or tier is None:
        return frozenset()
    return frozenset(each.id for each in policy.tiers if each.earned <= tier.earned)


def tier_standing(policy: TierPolicy, qualifying: Qualifying, month: int) -> TierStanding:
    """All that a customer is shown of their tier."""
    tier, earned = tier_in(policy, qualifying, month), earned_in_period(policy, qualifying, month)
    above = next((each for each in policy.tiers if tier is None or each.earned > tier.earned), None)
    return TierStanding(
        tier=tier,
        earned=earned,
        by_grace=tier is not None and earned < tier.earned,
        until=_kept_until(policy, qualifying, month, tier),
        next=above,
        missing=above.earned - earned if above else 0,
    )


def tier_bonus(tier: LoyaltyTier, base: int) -> int:
    """The coins (minor) that a tier adds to those of the earning rule, rounded down."""
    return base * (tier.factor - _FACTOR_UNIT) // _FACTOR_UNIT


def _reached(policy: TierPolicy, earned: int) -> LoyaltyTier | None:
    return next((tier for tier in reversed(policy.tiers) if earned >= tier.earned), None)


def _period_start(policy: TierPolicy, month: int) -> int:
    back = policy.months - 1 if policy.period == "rolling" else (month % 100 - policy.starts_in) % 12
    return add_months(month, -back)


def _kept_until(policy: TierPolicy, qualifying: Qualifying, month: int, tier: LoyaltyTier | None) -> int | None:
    """None where there is no tier, or one that takes no coins to keep."""
    if tier is None or not tier.earned:
        return None
    last = month
    while (following := tier_in(policy, qualifying, add_months(last, 1))) and following.earned >= tier.earned:
        last = add_months(last, 1)
    return last
