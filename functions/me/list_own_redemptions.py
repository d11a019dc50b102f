"""GET /api/v1/me/redemptions"""

from batua import errors
from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import customer_caller
from batua.me.redemptions import list_own_redemptions
from batua.rewards.redemption_models import MyRedemptionsQuery, RedemptionOut


@endpoint(
    "GET",
    "/api/v1/me/redemptions",
    caller=customer_caller(),
    request=MyRedemptionsQuery,
    response=list[RedemptionOut],
    errors=(errors.INVALID_CURSOR,),
)
def handler(call: Call[MyRedemptionsQuery]) -> Reply:
    """List the customer's redemptions, their own and those made at a counter, newest first."""
    return list_own_redemptions(call)
