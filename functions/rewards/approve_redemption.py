"""POST /api/v1/rewards/redemptions/{id}/approve"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.rewards import advance
from batua.rewards.redemption_lookup import prefetch_redemption
from batua.rewards.redemption_models import ApproveRedemption, RedemptionOut


@endpoint(
    "POST",
    "/api/v1/rewards/redemptions/{id}/approve",
    caller=user_caller("tenant:admin"),
    request=ApproveRedemption,
    response=RedemptionOut,
    errors=advance.CAPTURE_REDEMPTION_ERRORS,
    moves_value=True,
    prefetch=prefetch_redemption,
    parameters={"id": "The redemption, `rdm_…`."},
)
def handler(call: Call[ApproveRedemption]) -> Reply:
    """Approve a pending redemption; with instant delivery it is fulfilled at once."""
    return advance.approve_redemption(call)
