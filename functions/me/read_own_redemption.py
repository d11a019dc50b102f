"""GET /api/v1/me/redemptions/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import customer_caller
from batua.me.redemptions import read_own_redemption
from batua.rewards.redemption_lookup import prefetch_redemption
from batua.rewards.redemption_models import RedemptionDetail, RedemptionQuery
from batua.rewards.redemption_read import READ_REDEMPTION_ERRORS


@endpoint(
    "GET",
    "/api/v1/me/redemptions/{id}",
    caller=customer_caller(step_up=True),
    request=RedemptionQuery,
    response=RedemptionDetail,
    errors=(*READ_REDEMPTION_ERRORS,),
    parameters={"id": "The redemption, `rdm_…`."},
    prefetch=prefetch_redemption,
)
def handler(call: Call[RedemptionQuery]) -> RedemptionDetail:
    """Read one redemption of the customer's, with its address; with `reveal`, its code too. Needs a fresh code."""
    return read_own_redemption(call)
