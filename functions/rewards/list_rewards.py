"""GET /api/v1/rewards"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR
from batua.identity.caller import user_caller
from batua.rewards import catalogue
from batua.rewards.reward_models import RewardOut, RewardsQuery


@endpoint(
    "GET",
    "/api/v1/rewards",
    caller=user_caller(),
    request=RewardsQuery,
    response=list[RewardOut],
    errors=(INVALID_CURSOR,),
)
def handler(call: Call[RewardsQuery]) -> Reply:
    """List the rewards that the tenant offers, the newest first. Only administrators see drafts."""
    return catalogue.list_rewards(call)
