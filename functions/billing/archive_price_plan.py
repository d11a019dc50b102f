"""POST /api/v1/billing/plans/{plan}/archive"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.billing.plan_models import PricePlanOut
from batua.billing.plan_settings import PLAN_ERRORS, archive_price_plan
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/billing/plans/{plan}/archive",
    caller=user_caller("platform:admin", step_up=True, live_only=True),
    response=PricePlanOut,
    errors=PLAN_ERRORS,
    parameters={"plan": "The plan, `plan_…`."},
)
def handler(call: Call[None]) -> Reply:
    """Archive a price plan. Tenants on it stay on it; no others can be added."""
    return archive_price_plan(call)
