"""POST /api/v1/rewards/redemptions/{id}/fulfill"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.rewards import advance
from batua.rewards.redemption_lookup import prefetch_redemption
from batua.rewards.redemption_models import FulfilRedemption, RedemptionOut


@endpoint(
    "POST",
    "/api/v1/rewards/redemptions/{id}/fulfill",
    caller=user_caller("tenant:admin"),
    request=FulfilRedemption,
    response=RedemptionOut,
    errors=advance.CAPTURE_REDEMPTION_ERRORS,
    moves_value=True,
    prefetch=prefetch_redemption,
    parameters={"id": "The redemption, `rdm_…`."},
)
def handler(call: Call[FulfilRedemption]) -> Reply:
    """Fulfil an approved redemption: its hold is captured."""
    return advance.fulfil_redemption(call)
