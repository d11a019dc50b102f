"""GET /api/v1/rewards/redemptions"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Raw, Reply
from batua.errors import INVALID_CURSOR
from batua.identity.caller import user_caller
from batua.rewards import redemption_list
from batua.rewards.redemption_models import ListedRedemption, RedemptionsQuery


@endpoint(
    "GET",
    "/api/v1/rewards/redemptions",
    caller=user_caller("tenant:admin"),
    request=RedemptionsQuery,
    response=Success(list[ListedRedemption], media=("application/json", "text/csv")),
    errors=(INVALID_CURSOR,),
)
def handler(call: Call[RedemptionsQuery]) -> Reply | Raw:
    """List the tenant's redemptions, the newest first; with `Accept: text/csv` (or `format=csv`) as CSV."""
    return redemption_list.list_redemptions(call)
