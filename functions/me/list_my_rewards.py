"""GET /api/v1/me/rewards"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import customer_caller
from batua.me.reward_models import MyReward
from batua.me.rewards import list_my_rewards


@endpoint(
    "GET",
    "/api/v1/me/rewards",
    caller=customer_caller(),
    response=list[MyReward],
)
def handler(call: Call[None]) -> list[MyReward]:
    """List the merchant's rewards, those that the customer can redeem now first."""
    return list_my_rewards(call)
