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


CampaignKind = Literal["multiplier", "bonus", "birthday", "referral"]


@dataclass(frozen=True, slots=True)
class Campaign:
    """`multiplier` gives what the rule gives times `factor`; `bonus` gives `coins` (minor) beside it.

    `birthday` and `referral` give their coins apart from bills (`GIFTS`): once a year, and once for a new customer.
    """

    id: str
    kind: CampaignKind
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
    anniversary_days: int = 0
    """Only for the first bill within so many days from the day of the year on which the customer joined."""
    skus: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    """Only lines of the sale that are named in each of these three that is not empty; in small letters."""
    referrer_coins: int = 0
    """Of a referral: what the referrer gets; `coins` is what the new customer gets."""
    wait_days: int = 0
    """Of a referral: how long the new customer's first bill has to stand."""
    per_referrer: int | None = None
    """Of a referral: how many new customers count for one referrer in a year."""

    @property
    def for_items(self) -> bool:
        return bool(self.skus or self.categories or self.brands)


BIRTHDAY_GIFT: Final = "birthday"
REFERRER_GIFT: Final = "referred a new customer"
REFERRED_GIFT: Final = "referred by a customer"
GIFTS: Final = frozenset({BIRTHDAY_GIFT, REFERRER_GIFT, REFERRED_GIFT})
"""How campaigns count that give coins apart from bills. Gifts count towards no cap per day, and are no visit."""


@dataclass(frozen=True, slots=True)
class SaleLine:
    """One item of a sale: what was paid for it, in paise, and what it is, in small letters."""

    amount: int
    sku: str = ""
    category: str = ""
    brand: str = ""


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
    joined: int = 0
    """The day on which the customer's wallet was opened; 0 where it is opened by this sale."""
    lines: tuple[SaleLine, ...] = ()


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
        grant = _grant(campaign, sale)
        if grant.coins > 0 and (best is None or grant.coins > best.coins):
            best = grant
    return best


def applies(campaign: Campaign, sale: Sale) -> bool:
    """Whether a sale is one of the campaign's."""
    if campaign.kind not in ("multiplier", "bonus") or not campaign.starts_at <= sale.at < campaign.ends_at:
        return False
    if campaign.first_purchase and not sale.first:
        return False
    if campaign.win_back_days and not _stayed_away(campaign.win_back_days, sale):
        return False
    if campaign.anniversary_days and not _is_anniversary(campaign.anniversary_days, sale):
        return False
    if campaign.for_items and not matched_amount(campaign, sale.lines):
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


def _is_anniversary(days: int, sale: Sale) -> bool:
    """Whether this is the first bill since the last anniversary, and that one is at most so many days past."""
    day = last_anniversary(sale.joined, sale.day)
    return bool(day) and clock.add_days(day, days) >= sale.day and sale.last_earned < day


def last_anniversary(joined: int, day: int) -> int:
    """The latest anniversary of a day (yyyymmdd) that is not after another; 0 before the first. In years without a
    29 February it is the 28th."""
    if not joined:
        return 0
    for year in (day // 10_000, day // 10_000 - 1):
        found = clock.day_of_year(year, joined % 10_000)
        if joined < found <= day:
            return found
    return 0


def matches_line(campaign: Campaign, line: SaleLine) -> bool:
    return (
        (not campaign.skus or line.sku in campaign.skus)
        and (not campaign.categories or line.category in campaign.categories)
        and (not campaign.brands or line.brand in campaign.brands)
    )


def matched_amount(campaign: Campaign, lines: Sequence[SaleLine]) -> int:
    """What was paid for the lines that the campaign is for, in paise."""
    return sum(line.amount for line in lines if matches_line(campaign, line))


def _in_hours(campaign: Campaign, sale: Sale) -> bool:
    weekday, minute = clock.local_weekday(sale.at, sale.zone), clock.local_minute(sale.at, sale.zone)
    start, end = campaign.from_minute, campaign.until_minute
    if start >= end and minute < end:
        weekday = (weekday - 1) % 7  # the small hours belong to the evening that they began with
    elif not (start <= minute if start >= end else start <= minute < end):
        return False
    return not campaign.weekdays or weekday in campaign.weekdays


def _grant(campaign: Campaign, sale: Sale) -> CampaignGrant:
    if campaign.kind == "bonus":
        return CampaignGrant(campaign, campaign.coins, "bonus for items" if campaign.for_items else "bonus")
    how, added = f"{to_text(campaign.factor, 2)} times the rule", sale.base * (campaign.factor - FACTOR_UNIT)
    if not campaign.for_items:
        return CampaignGrant(campaign, added // FACTOR_UNIT, how)
    # Of what the rule gives, the part that the lines are of the bill is multiplied.
    amount = min(matched_amount(campaign, sale.lines), sale.bill)
    coins = added * amount // (FACTOR_UNIT * sale.bill) if sale.bill else 0
    return CampaignGrant(campaign, coins, f"{how} on items of {to_text(amount, 2)}")
