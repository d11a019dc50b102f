"""POST /api/v1/me/rewards/{id}/redeem"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.identity.caller import customer_caller
from batua.me.redeeming import prefetch_my_redemption, redeem_my_reward
from batua.me.reward_models import RedeemMyReward
from batua.rewards.redeem import REDEEM_REWARD_ERRORS
from batua.rewards.redemption_models import RedemptionOut


@endpoint(
    "POST",
    "/api/v1/me/rewards/{id}/redeem",
    caller=customer_caller(step_up=True),
    request=RedeemMyReward,
    response=Success(RedemptionOut, status=201),
    errors=(*REDEEM_REWARD_ERRORS,),
    moves_value=True,
    parameters={"id": "The reward, `rew_…`."},
    prefetch=prefetch_my_redemption,
)
def handler(call: Call[RedeemMyReward]) -> Reply:
    """Redeem a reward with the customer's own coins. Needs a fresh code; the session alone is not consent."""
    return redeem_my_reward(call)
