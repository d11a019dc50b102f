"""What a campaign would have given on sales of the past: the decision of the counter, sale by sale. Pure.

It comes to what the same sales would have got if they were issued again with the campaign in force. Coins of a campaign
count towards a rule's cap per day; that is reckoned with where the rule is one of those that are known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..ledger.campaigns import Campaign, Sale, best_campaign
from ..ledger.decisions.coin_posting import FIRST_ISSUE
from ..ledger.earning import EarningRule
from ..ledger.model import Program
from ..ledger.records.customer_coins import Entry

_LONG_AGO: Final = 20000101


@dataclass(slots=True)
class CampaignForecast:
    """`sales` that earned by a rule, how many `matched`, and the `coins` (minor) that the campaign would have given."""

    sales: int = 0
    matched: int = 0
    coins: int = 0
    budget_spent_at: int | None = None
    """When the budget first did not cover what a sale would have got."""


def forecast_campaign(
    campaign: Campaign,
    program: Program,
    issues: Iterable[Entry],
    rules: Sequence[EarningRule] = (),
    budget: int | None = None,
    since: int = 0,
    joined: Mapping[str, int] | None = None,
) -> CampaignForecast:
    """Goes through issues in the order in which they were made. `rules` are those whose caps are known.

    Issues before `since` are no sales, and say only when a customer last earned.
    `joined`: the days on which wallets were opened, where the campaign asks for them.
    """
    found = CampaignForecast()
    caps = {(rule.id, rule.version): rule.cap_per_day for rule in rules}
    earned: Counter[tuple[str, str, int]] = Counter()
    """(wallet, merchant, day) -> coins that they would have earned so far."""
    last: dict[str, int] = {}
    """Wallet -> the day on which it last earned."""
    for entry in sorted(issues, key=lambda one: (one.at, one.wallet, one.seq)):
        # Who has earned before what was looked at has done so longer ago than a campaign can ask for.
        never = 0 if entry.seq == 1 else _LONG_AGO
        last_earned, last[entry.wallet] = last.get(entry.wallet, never), entry.day
        if entry.earned_before is not None:
            last_earned = max(0, entry.earned_before)  # as the wallet knew it, without bills that were undone
        if entry.at < since:
            continue
        place = entry.wallet, entry.merchant, entry.day
        present = entry.campaign.coins if entry.campaign else 0
        tier = entry.tier.coins if entry.tier else 0
        base = entry.amount - present - tier
        cap = caps.get(entry.rule[:2]) if entry.rule else None
        if cap is not None:
            base = min(base, max(0, cap - earned[place]))
        given = present
        if entry.rule and entry.bill:
            found.sales += 1
            sale = Sale(
                entry.bill,
                base,
                entry.merchant,
                entry.at,
                program.time_zone,
                first=entry.seq == 1 or entry.earned_before == FIRST_ISSUE,
                day=entry.day,
                last_earned=last_earned,
                joined=(joined or {}).get(entry.wallet, 0),
            )
            grant = best_campaign([campaign], sale)
            # Where another campaign gave as much, this one would not have counted.
            if grant is not None and grant.coins > present:
                if budget is not None and found.coins + grant.coins > budget:
                    found.budget_spent_at = found.budget_spent_at or entry.at
                else:
                    found.matched += 1
                    found.coins += grant.coins
                    given = grant.coins
        earned[place] += base + tier + given
    return found
