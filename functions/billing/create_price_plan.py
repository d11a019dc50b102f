"""POST /api/v1/billing/plans"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.billing.plan_models import CreatePricePlan, PricePlanOut
from batua.billing.plan_settings import CREATE_PLAN_ERRORS, create_price_plan
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/billing/plans",
    caller=user_caller("platform:admin", step_up=True, live_only=True),
    request=CreatePricePlan,
    response=Success(PricePlanOut, status=201),
    errors=CREATE_PLAN_ERRORS,
)
def handler(call: Call[CreatePricePlan]) -> Reply:
    """Create a price plan: a monthly fee, and tiered prices for usage.

    A plan is never changed. Other prices are another plan.
    """
    return create_price_plan(call)
