"""POST /api/v1/rewards/redemptions/{id}/reject"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.rewards import advance
from batua.rewards.redemption_lookup import prefetch_redemption
from batua.rewards.redemption_models import EndRedemption, RedemptionOut


@endpoint(
    "POST",
    "/api/v1/rewards/redemptions/{id}/reject",
    caller=user_caller("tenant:admin"),
    request=EndRedemption,
    response=RedemptionOut,
    errors=advance.ADVANCE_ERRORS,
    moves_value=True,
    prefetch=prefetch_redemption,
    parameters={"id": "The redemption, `rdm_…`."},
)
def handler(call: Call[EndRedemption]) -> Reply:
    """Reject an open redemption: coins, stock, limit and code are returned."""
    return advance.reject_redemption(call)
