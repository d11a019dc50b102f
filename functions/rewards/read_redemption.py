"""GET /api/v1/rewards/redemptions/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.rewards import redemption_read
from batua.rewards.redemption_lookup import prefetch_redemption
from batua.rewards.redemption_models import RedemptionQuery, TenantRedemption


@endpoint(
    "GET",
    "/api/v1/rewards/redemptions/{id}",
    caller=user_caller(),
    request=RedemptionQuery,
    response=TenantRedemption,
    errors=redemption_read.READ_REDEMPTION_ERRORS,
    prefetch=prefetch_redemption,
    parameters={"id": "The redemption, `rdm_…`."},
)
def handler(call: Call[RedemptionQuery]) -> TenantRedemption:
    """Read a redemption. `reveal=true` shows its code to the user who redeemed it, which the audit trail records."""
    return redemption_read.read_redemption(call)
