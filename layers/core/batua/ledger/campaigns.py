"""Campaigns: coins on top of what an earning rule gives, at certain times, for certain bills. Pure.

At most one campaign counts for a bill: the one that gives most, the earlier one where two give the same. It never
multiplies another campaign's coins. One whose budget no longer covers what it would give is passed over.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from .. import clock
from ..money import to_text

FACTOR_UNIT: Final = 100
"""Factors of multipliers are in hundredths: 200 doubles what the rule gives."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """`multiplier` gives what the rule gives times `factor`; `bonus` gives `coins` (minor) beside it."""

    id: str
    kind: Literal["multiplier", "bonus"]
    starts_at: int
    ends_at: int
    version: int = 1
    name: str = ""
    factor: int = FACTOR_UNIT
    coins: int = 0
    weekdays: tuple[int, ...] = ()
    """0 is Monday, in the program's time zone; none: every day."""
    from_minute: int = 0
    until_minute: int = 24 * 60
    """Minutes of the day, the last one excluded. Where `from` is later than `until`, the hours go over midnight."""
    minimum_bill: int = 0
    maximum_bill: int | None = None
    """Paise, included."""
    merchants: tuple[str, ...] = ()
    first_purchase: bool = False
    """Only for the first coins that a customer ever gets in the program."""
    win_back_days: int = 0
    """Only for customers who have earned before, and not in so many days."""
    limited: bool = False
    """It has a budget, which a posting takes from under a condition."""


@dataclass(frozen=True, slots=True)
class Sale:
    """What a campaign looks at. `base` are the coins (minor) that the earning rule gives, `bill` is in paise."""

    bill: int
    base: int
    merchant: str
    at: int
    zone: str
    first: bool
    day: int = 0
    """The day of the sale, and below the day on which the customer last earned coins before it; 0 for never."""
    last_earned: int = 0


@dataclass(frozen=True, slots=True)
class CampaignGrant:
    """What the winning campaign adds (minor), and how it counted."""

    campaign: Campaign
    coins: int
    how: str


def best_campaign(campaigns: Sequence[Campaign], sale: Sale, exhausted: Collection[str] = ()) -> CampaignGrant | None:
    """The campaign that adds most to a sale, or None. `exhausted` are those whose budget was found too small."""
    best: CampaignGrant | None = None
    for campaign in campaigns:
        if campaign.id in exhausted or not applies(campaign, sale):
            continue
        grant = _grant(campaign, sale.base)
        if grant.coins > 0 and (best is None or grant.coins > best.coins):
            best = grant
    return best


def applies(campaign: Campaign, sale: Sale) -> bool:
    """Whether a sale is one of the campaign's."""
    if not campaign.starts_at <= sale.at < campaign.ends_at:
        return False
    if campaign.first_purchase and not sale.first:
        return False
    if campaign.win_back_days and not _stayed_away(campaign.win_back_days, sale):
        return False
    if campaign.merchants and sale.merchant not in campaign.merchants:
        return False
    if sale.bill < campaign.minimum_bill:
        return False
    if campaign.maximum_bill is not None and sale.bill > campaign.maximum_bill:
        return False
    return _in_hours(campaign, sale)


def _stayed_away(days: int, sale: Sale) -> bool:
    return sale.last_earned > 0 and clock.add_days(sale.last_earned, days) <= sale.day


def _in_hours(campaign: Campaign, sale: Sale) -> bool:
    weekday, minute = clock.local_weekday(sale.at, sale.zone), clock.local_minute(sale.at, sale.zone)
    start, end = campaign.from_minute, campaign.until_minute
    if start >= end and minute < end:
        weekday = (weekday - 1) % 7  # the small hours belong to the evening that they began with
    elif not (start <= minute if start >= end else start <= minute < end):
        return False
    return not campaign.weekdays or weekday in campaign.weekdays


def _grant(campaign: Campaign, base: int) -> CampaignGrant:
    if campaign.kind == "bonus":
        return CampaignGrant(campaign, campaign.coins, "bonus")
    added = base * (campaign.factor - FACTOR_UNIT) // FACTOR_UNIT
    return CampaignGrant(campaign, added, f"{to_text(campaign.factor, 2)} times the rule")
