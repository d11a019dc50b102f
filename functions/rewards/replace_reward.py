"""PUT /api/v1/rewards/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.rewards import catalogue
from batua.rewards.reward_lookup import prefetch_reward
from batua.rewards.reward_models import ReplaceReward, RewardOut


@endpoint(
    "PUT",
    "/api/v1/rewards/{id}",
    caller=user_caller("tenant:admin", step_up=True),
    request=ReplaceReward,
    response=RewardOut,
    errors=catalogue.REWARD_CHANGE_ERRORS,
    prefetch=prefetch_reward,
    parameters={"id": "The reward, `rew_…`."},
)
def handler(call: Call[ReplaceReward]) -> RewardOut:
    """Replace a reward; fields left out return to their defaults. Open redemptions keep the terms they were made on."""
    return catalogue.replace_reward(call)
