"""What a customer can have now, for the counter's look-up."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from ..api.endpoint import Call
from ..coins import counter
from ..coins.lookup import CounterRewards, RedeemableReward, UnavailableReward
from ..coins.tiers import wallet_tiers
from ..ledger.model import Wallet
from ..money import to_wire
from ..store import reward_keys
from .redemption_rules import limit_periods, reward_obstacle
from .reward import Reward, read_reward_record
from .reward_tags import tags_for_rewards
from .reward_walk import is_listed, walk_rewards

_MAX_SCANNED: Final = 200
_SHOWN: Final = 20


def rewards_at_counter(call: Call[Any], wallet: Wallet, available: int) -> CounterRewards:
    """What the customer's coins buy now, featured ones first, then the dearest; and what they don't, with the reason,
    featured ones first, then the nearest. 20 of each at most.

    Of the merchant's 200 newest rewards, which is more than a counter offers. Paused rewards, and those whose time has
    not come, are in neither list.
    """
    program = counter.program_of(call.caller)
    zone, tiers = program.time_zone, wallet_tiers(program, wallet, call.now)
    walked = ((read_reward_record(row), left) for row, left in islice(walk_rewards(call), _MAX_SCANNED))
    offered = [
        (reward, left)
        for reward, left in walked
        if reward.status == "active"
        and reward.active.contains(call.now)
        and reward.visible.contains(call.now)
        and is_listed(reward, call)
    ]
    tags = tags_for_rewards(call, [reward for reward, _ in offered], wallet.customer)

    def obstacle(reward: Reward, left: int | None, used: Mapping[str, int]) -> str | None:
        found = reward_obstacle(reward, left, used, call.now, zone, tiers, tags[reward.tenant])
        return found.code if found else "insufficient_balance" if reward.points > available else None

    # How often the customer had a reward is read for those alone that nothing else keeps them from.
    near = [reward for reward, left in offered if obstacle(reward, left, {}) is None]
    used = used_by_customer(call, near, wallet.customer, zone)
    judged = [(reward, left, obstacle(reward, left, used.get(reward.id, {}))) for reward, left in offered]
    able = sorted(
        ((reward, left) for reward, left, why in judged if why is None),
        key=lambda one: (not one[0].featured, -one[0].points, one[0].id),
    )
    unable = sorted(
        ((reward, left, why) for reward, left, why in judged if why is not None),
        key=lambda one: (not one[0].featured, one[0].points, one[0].id),
    )
    return CounterRewards(
        redeemable=[RedeemableReward(**_reward_fields(reward, left, program.scale)) for reward, left in able[:_SHOWN]],
        unavailable=[
            UnavailableReward(**_reward_fields(reward, left, program.scale), obstacle=why)
            for reward, left, why in unable[:_SHOWN]
        ],
    )


def _reward_fields(reward: Reward, left: int | None, scale: int) -> dict[str, Any]:
    return {
        "id": reward.id,
        "type": reward.type,
        "title": reward.title,
        "image": reward.images[0] if reward.images else None,
        "points": to_wire(reward.points, scale),
        "left": left,
        "needs_address": reward.type == "physical",
        "needs_approval": reward.approval,
    }


def used_by_customer(call: Call[Any], rewards: list[Reward], customer: str, zone: str) -> dict[str, dict[str, int]]:
    """What the customer has had of each reward, by period."""
    keys = {
        (reward.id, period): reward_keys.reward_usage_key(call.caller.scope, reward.id, customer, period)
        for reward in rewards
        for period in limit_periods(reward, call.now, zone)
    }
    found = call.store.read(keys.values()) if keys else {}
    used: dict[str, dict[str, int]] = {reward.id: {} for reward in rewards}
    for (reward_id, period), key in keys.items():
        if record := found[key]:
            used[reward_id][period] = record["n"]
    return used
