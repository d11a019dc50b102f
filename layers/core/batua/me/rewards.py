"""What a customer can have for their coins."""

from __future__ import annotations

from itertools import islice
from typing import Final

from .. import clock
from ..api.endpoint import Call
from ..coins import counter
from ..coins.tiers import wallet_tiers
from ..customers import model as customers
from ..ledger.decisions import customer_coins
from ..ledger.model import Wallet
from ..ledger.records.customer_coins import read_wallet
from ..marketplace.house_products import house_product
from ..money import INR_SCALE, to_wire
from ..rewards.redeemable import used_by_customer
from ..rewards.redemption_rules import reward_obstacle
from ..rewards.reward import Reward, read_reward_record
from ..rewards.reward_tags import tags_for_rewards
from ..rewards.reward_walk import is_listed, walk_rewards
from ..store import keys
from .reward_models import MyCredit, MyReward

_SHOWN: Final = 200
"""Of a merchant's newest rewards; more than one page of a phone has room for."""

_FEW: Final = 10
"""From this number on, the answer says how many are left."""


def list_my_rewards(call: Call[None]) -> list[MyReward]:
    """The rewards that the merchant offers, what the customer can have now first."""
    caller, program = call.caller, counter.program_of(call.caller)
    key = keys.wallet_key(caller.scope, customers.customer_wallet_id(caller.scope, program.id, caller.id))
    record = call.store.read([key])[key]
    wallet = read_wallet(record) if record else None
    available = customer_coins.wallet_as_of(wallet, program, call.now).available if wallet else 0
    walked = ((read_reward_record(row), left) for row, left in islice(walk_rewards(call), _SHOWN))
    listed = [(reward, left) for reward, left in walked if is_listed(reward, call)]
    used = used_by_customer(call, [reward for reward, _ in listed], caller.id, program.time_zone)
    tiers = wallet_tiers(program, wallet or Wallet(key.pk, caller.id), call.now)
    tags = tags_for_rewards(call, [reward for reward, _ in listed], caller.id)
    shown = []
    for reward, left in listed:
        mine, zone = tags[reward.tenant], program.time_zone
        obstacle = reward_obstacle(reward, left, used[reward.id], call.now, zone, tiers, mine)
        why = obstacle.code if obstacle else "insufficient_balance" if reward.points > available else None
        sold = house_product(caller.scope, reward, left, program, call.now) is not None
        shown.append(_my_reward(reward, left, program.scale, why, sold=sold))
    return sorted(shown, key=lambda one: (one.obstacle is not None, not one.featured, one.points))


def _my_reward(reward: Reward, left: int | None, scale: int, why: str | None, *, sold: bool) -> MyReward:
    given = reward.benefit
    return MyReward(
        id=reward.id,
        type=reward.type,
        title=reward.title,
        description=reward.description,
        terms=reward.terms,
        images=list(reward.images),
        categories=list(reward.categories),
        featured=reward.featured,
        points=to_wire(reward.points, scale),
        worth=None if reward.worth is None else to_wire(reward.worth, INR_SCALE),
        left=left if left is not None and left <= _FEW else None,
        needs_address=reward.type == "physical",
        needs_approval=reward.approval,
        until=clock.iso(reward.active.until) if reward.active.until is not None else None,
        has_code=reward.codes.source != "none",
        valid_days=reward.codes.valid_days,
        is_product=sold,
        credit=MyCredit(wallet_name=given["wallet_name"], amount=to_wire(given["credit"], given["decimals"]))
        if reward.type == "wallet_credit"
        else None,
        obstacle=why,
    )
