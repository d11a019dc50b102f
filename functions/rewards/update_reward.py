"""PATCH /api/v1/rewards/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.rewards import catalogue
from batua.rewards.reward_lookup import prefetch_reward
from batua.rewards.reward_models import RewardOut, UpdateReward


@endpoint(
    "PATCH",
    "/api/v1/rewards/{id}",
    caller=user_caller("tenant:admin", step_up=True),
    request=UpdateReward,
    response=RewardOut,
    errors=catalogue.REWARD_CHANGE_ERRORS,
    prefetch=prefetch_reward,
    parameters={"id": "The reward, `rew_…`."},
)
def handler(call: Call[UpdateReward]) -> RewardOut:
    """Change parts of a reward, or add codes to its pool."""
    return catalogue.update_reward(call)
