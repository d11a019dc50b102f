"""GET /api/v1/billing/plans"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.billing.plan_models import OperatorListQuery, PricePlanOut
from batua.billing.plan_settings import OPERATOR_LIST_ERRORS, list_price_plans
from batua.identity.caller import user_caller


@endpoint(
    "GET",
    "/api/v1/billing/plans",
    caller=user_caller("platform:review", live_only=True),
    request=OperatorListQuery,
    response=list[PricePlanOut],
    errors=OPERATOR_LIST_ERRORS,
)
def handler(call: Call[OperatorListQuery]) -> Reply:
    """List the price plans, newest first."""
    return list_price_plans(call)
