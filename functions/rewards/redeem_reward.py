"""POST /api/v1/rewards/{id}/redeem"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.rewards import redeem
from batua.rewards.redemption_models import RedeemReward, RedemptionOut


@endpoint(
    "POST",
    "/api/v1/rewards/{id}/redeem",
    caller=user_caller("coins:redeem"),
    request=RedeemReward,
    response=Success(RedemptionOut, status=201),
    errors=redeem.REDEEM_REWARD_ERRORS,
    moves_value=True,
    prefetch=redeem.prefetch_redemption_of,
    parameters={"id": "The reward, `rew_…`."},
)
def handler(call: Call[RedeemReward]) -> Reply:
    """Redeem a reward for a customer: coins, stock, limits and code are taken in one transaction."""
    return redeem.redeem_reward(call)
