"""GET /api/v1/billing/usage-runs/{month}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.billing.plan_models import OperatorListQuery, UsageOutcome
from batua.billing.usage_requests import OUTCOME_ERRORS, list_usage_outcomes
from batua.identity.caller import user_caller


@endpoint(
    "GET",
    "/api/v1/billing/usage-runs/{month}",
    caller=user_caller("platform:review", live_only=True),
    request=OperatorListQuery,
    response=list[UsageOutcome],
    errors=OUTCOME_ERRORS,
    parameters={"month": "The month, YYYY-MM."},
)
def handler(call: Call[OperatorListQuery]) -> Reply:
    """List the outcome of a month's usage run, by tenant."""
    return list_usage_outcomes(call)
