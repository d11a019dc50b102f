"""POST /api/v1/rewards"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.rewards import catalogue
from batua.rewards.reward_models import CreateReward, RewardOut


@endpoint(
    "POST",
    "/api/v1/rewards",
    caller=user_caller("tenant:admin", step_up=True),
    request=CreateReward,
    response=Success(RewardOut, status=201),
    errors=catalogue.REWARD_CREATE_ERRORS,
)
def handler(call: Call[CreateReward]) -> Reply:
    """Add a reward. `title`, `type` and `points` are enough; codes of a pool may come along."""
    return catalogue.create_reward(call)
