"""A reward for a customer's own coins: the counter's redemption, by the customer."""

from __future__ import annotations

from typing import Any

from ..api.endpoint import Call
from ..api.request import Request
from ..api.styles import Reply
from ..coins.counter import CustomerLookup
from ..customers import model as customers
from ..identity.credentials import Claims
from ..rewards.redeem import RedeemLookup, redeem_reward
from ..rewards.reward_lookup import reward_in_path
from .reward_models import RedeemMyReward


def prefetch_my_redemption(claims: Claims, body: RedeemMyReward, request: Request) -> RedeemLookup:
    program = str(claims.program)
    wallet = customers.customer_wallet_id(claims.scope, program, claims.subject)
    return RedeemLookup(CustomerLookup(claims.scope, program, wallet, claims.subject), reward_in_path(request))


def redeem_my_reward(call: Call[Any]) -> Reply:
    """The customer's own coins, with a fresh code as their consent."""
    return redeem_reward(call)
