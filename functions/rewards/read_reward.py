"""GET /api/v1/rewards/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.rewards import catalogue
from batua.rewards.reward_lookup import prefetch_reward
from batua.rewards.reward_models import RewardOut


@endpoint(
    "GET",
    "/api/v1/rewards/{id}",
    caller=user_caller(),
    response=RewardOut,
    errors=catalogue.REWARD_FOUND_ERRORS,
    prefetch=prefetch_reward,
    parameters={"id": "The reward, `rew_…`."},
)
def handler(call: Call[None]) -> RewardOut:
    """Read a reward, with what is left of it."""
    return catalogue.read_reward(call)
