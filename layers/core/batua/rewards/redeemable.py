"""What a customer can have now, for the counter's look-up."""

from __future__ import annotations

from itertools import islice
from typing import Any, Final

from ..api.endpoint import Call
from ..coins import counter
from ..coins.models import RedeemableReward
from ..coins.tiers import wallet_tiers
from ..ledger.model import Wallet
from ..money import to_wire
from ..store import reward_keys
from .redemption_rules import limit_periods, reward_obstacle
from .reward import Reward, read_reward_record
from .reward_tags import tags_for_rewards
from .reward_walk import is_listed, walk_rewards

_LOOKED_AT: Final = 200
_SHOWN: Final = 20


def redeemable_rewards(call: Call[Any], wallet: Wallet, available: int) -> list[RedeemableReward]:
    """The rewards that the customer's coins buy now, featured ones first, then the dearest; 20 at most.

    Of the merchant's 200 newest rewards, which is more than a counter offers.
    """
    program = counter.program_of(call.caller)
    tiers = wallet_tiers(program, wallet, call.now)
    found = [(read_reward_record(row), left) for row, left in islice(walk_rewards(call), _LOOKED_AT)]
    tags = tags_for_rewards(call, [reward for reward, _ in found], wallet.customer)
    wanted = [
        (reward, left)
        for reward, left in found
        if reward.points <= available
        and reward.visible.contains(call.now)
        and is_listed(reward, call)
        and reward_obstacle(reward, left, {}, call.now, program.time_zone, tiers, tags[reward.tenant]) is None
    ]
    used = used_by_customer(call, [reward for reward, _ in wanted], wallet.customer, program.time_zone)
    able = [
        reward
        for reward, left in wanted
        if reward_obstacle(reward, left, used[reward.id], call.now, program.time_zone, tiers, tags[reward.tenant])
        is None
    ]
    able.sort(key=lambda reward: (not reward.featured, -reward.points, reward.id))
    return [
        RedeemableReward(id=reward.id, title=reward.title, points=to_wire(reward.points, program.scale))
        for reward in able[:_SHOWN]
    ]


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
