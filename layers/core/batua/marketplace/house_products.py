"""A reward as a product of the house.

The house sells gift cards that are rewards with a pool of codes: instant, without approval, without limits per customer
and for all customers. What is limited, for some or decided by people is redeemed as a reward.
"""

from __future__ import annotations

from ..ledger.model import Program
from ..rewards.reward import Reward
from ..store import reward_keys
from ..store.writes import Check, Condition
from .pricing import Tariff
from .product import MarketProduct
from .vendor import Denominations


def house_product(scope: str, reward: Reward, left: int | None, program: Program, now: int) -> MarketProduct | None:
    """None for a reward that the house does not sell now."""
    limits = reward.limits
    sold = (
        reward.type == "gift_card"
        and reward.codes.source == "pool"
        and reward.delivery == "instant"
        and not reward.approval
        and reward.minimum_tier is None
        and not reward.tags
        and (limits.ever, limits.month, limits.day) == (None, None, None)
    )
    if not sold or reward.status != "active" or not (reward.active.contains(now) and reward.visible.contains(now)):
        return None
    face = reward.benefit.get("amount") or reward.worth or program.value_of(reward.points)
    return MarketProduct(
        id=reward.id,
        vendor="house",
        owner=reward.tenant,
        sku=reward.id,
        title=reward.title,
        denominations=Denominations((face,)),
        tariff=Tariff(points=reward.points),
        as_read=(
            Check(reward_keys.reward_key(scope, reward.id), Condition(equal={"ver": reward.version, "st": "active"})),
        ),
        left=left,
        description=reward.description,
        terms=reward.terms,
        image=reward.images[0] if reward.images else None,
        categories=reward.categories,
        provider=reward.benefit.get("provider"),
    )
