"""DELETE /api/v1/rewards/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.rewards import catalogue
from batua.rewards.reward_lookup import prefetch_reward
from batua.rewards.reward_models import RewardOut


@endpoint(
    "DELETE",
    "/api/v1/rewards/{id}",
    caller=user_caller("tenant:admin"),
    response=RewardOut,
    errors=catalogue.REWARD_RETIRE_ERRORS,
    prefetch=prefetch_reward,
    parameters={"id": "The reward, `rew_…`."},
)
def handler(call: Call[None]) -> RewardOut:
    """Retire a reward: it can no longer be redeemed; open redemptions continue."""
    return catalogue.retire_reward(call)
