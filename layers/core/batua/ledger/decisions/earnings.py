"""How many coins a bill earns: by an earning rule, the customer's tier and at most one campaign. Pure.

The rule gives the base. The tier and the campaign each add to it, and neither multiplies what the other gives. Where
the program carries remainders, the base is the whole coins of the bill and of the remainder before it: these alone are
multiplied, and what the tier or the campaign adds is rounded down, with nothing carried.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ... import clock
from ...money import to_text
from ..campaigns import Campaign, CampaignGrant, Sale, SaleLine, best_campaign
from ..earning import Earned, best_earning
from ..model import AppliedGrant, Program
from ..tiers import tier_bonus, tier_in
from .coin_posting import Merchant, WalletAsOf, is_first_issue


@dataclass(frozen=True, slots=True)
class Earnings:
    """The coins (minor) of a bill, and where they come from, as an entry records it."""

    coins: int
    rule: tuple[str, int, str] | None
    campaign: AppliedGrant | None
    tier: AppliedGrant | None
    carried: int = 0
    """What the customer's remainder grows or (below zero) shrinks by."""


def earnings_of(
    program: Program,
    merchant: Merchant,
    at: WalletAsOf,
    bill: int,
    *,
    earned_today: int,
    campaigns: Sequence[Campaign] = (),
    exhausted: Collection[str] = (),
    carried: int | None = None,
    lines: Sequence[SaleLine] = (),
) -> Earnings | None:
    """What a bill (paise) earns, or None where no rule and no campaign gives a coin or a part of one.

    `earned_today` is what the merchant has given the customer today (minor); `exhausted` are campaigns whose budget was
    found too small for what they would give; `carried` is the customer's remainder, None where none is kept; `lines`
    are the bill's items, as far as they are known.
    """
    won = base_earnings(program, merchant, bill, earned_today=earned_today, carried=carried)
    base = won.coins if won else 0
    wallet = at.wallet
    sale = Sale(
        bill,
        base,
        merchant.id,
        at.at,
        program.time_zone,
        is_first_issue(wallet),
        day=at.day,
        last_earned=wallet.earned_on,
        joined=clock.local_day(wallet.opened_at, program.time_zone) if wallet.opened_at else 0,
        lines=tuple(lines),
    )
    grant = best_campaign(campaigns, sale, exhausted)
    if won is None and grant is None:
        return None
    tier = tier_grant(program, at, base)
    return Earnings(
        base + (tier.coins if tier else 0) + (grant.coins if grant else 0),
        (won.rule.id, won.rule.version, won.how) if won else None,
        _applied(grant),
        tier,
        won.carried if won else 0,
    )


def base_earnings(
    program: Program, merchant: Merchant, bill: int, *, earned_today: int, carried: int | None = None
) -> Earned | None:
    """What the merchant's rules, or else the program's, give for a bill (paise)."""
    return best_earning(
        merchant.rules or program.rules,
        bill,
        scale=program.scale,
        coin_value=program.coin_value,
        earned_today=earned_today,
        carried=carried,
    )


def tier_grant(program: Program, at: WalletAsOf, base: int) -> AppliedGrant | None:
    """What the tier that the customer has adds to the coins of the earning rule; None where it adds nothing."""
    policy = program.tiers
    tier = tier_in(policy, at.wallet.qualifying, at.month) if policy else None
    if policy is None or tier is None:
        return None
    coins = tier_bonus(tier, base)
    how = f"{tier.name}: {to_text(tier.factor, 2)} times the rule"
    return AppliedGrant(tier.id, policy.version, coins, how) if coins else None


def _applied(grant: CampaignGrant | None) -> AppliedGrant | None:
    if grant is None:
        return None
    campaign = grant.campaign
    return AppliedGrant(campaign.id, campaign.version, grant.coins, grant.how, campaign.limited)
