"""Whether a customer can have a reward now. Pure: no store, no clock; the same inputs give the same answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from .. import clock
from .reward import Reward

RewardObstacle = Literal[
    "reward_not_active", "reward_sold_out", "reward_limit_reached", "reward_tier_required", "reward_tag_required"
]


@dataclass(frozen=True, slots=True)
class RewardRefusal:
    """Why not, with the figures."""

    code: RewardObstacle
    figures: Mapping[str, int | str] = field(default_factory=dict)


def limit_periods(reward: Reward, now: int, zone: str) -> dict[str, int]:
    """The periods in which the customer's redemptions are limited -> how many. Days and months are the program's."""
    limits = reward.limits
    periods = {
        "E": limits.ever,
        f"M{clock.local_month(now, zone):06d}": limits.month,
        f"D{clock.local_day(now, zone):08d}": limits.day,
    }
    return {period: most for period, most in periods.items() if most is not None}


_PER = {"E": "ever", "M": "month", "D": "day"}


def reward_obstacle(
    reward: Reward,
    left: int | None,
    used: Mapping[str, int],
    now: int,
    zone: str,
    tiers: Collection[str] = (),
    tags: Collection[str] = (),
) -> RewardRefusal | None:
    """What keeps a customer from the reward, coins aside. `left`: of stock or codes; `used`: by period; `tiers`: the
    customer's tier and those below it; `tags`: those that the reward's tenant has put on the customer."""
    if reward.status != "active" or not reward.active.contains(now):
        return RewardRefusal("reward_not_active")
    if reward.minimum_tier is not None and reward.minimum_tier not in tiers:
        return RewardRefusal("reward_tier_required")
    if reward.tags and not set(reward.tags) & set(tags):
        return RewardRefusal("reward_tag_required")
    if left is not None and left < 1:
        return RewardRefusal("reward_sold_out")
    for period, most in limit_periods(reward, now, zone).items():
        if used.get(period, 0) >= most:
            return RewardRefusal("reward_limit_reached", {"limit": most, "period": _PER[period[0]]})
    return None
