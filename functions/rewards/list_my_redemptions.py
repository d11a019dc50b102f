"""GET /api/v1/rewards/my-redemptions"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR
from batua.identity.caller import user_caller
from batua.rewards import redemption_list
from batua.rewards.redemption_models import MyRedemptionsQuery, RedemptionOut


@endpoint(
    "GET",
    "/api/v1/rewards/my-redemptions",
    caller=user_caller(),
    request=MyRedemptionsQuery,
    response=list[RedemptionOut],
    errors=(INVALID_CURSOR,),
)
def handler(call: Call[MyRedemptionsQuery]) -> Reply:
    """List the redemptions that you made for customers, newest first."""
    return redemption_list.list_my_redemptions(call)
