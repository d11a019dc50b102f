"""POST /api/v1/billing/usage-runs"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.billing.plan_models import StartUsageRun, UsageRunStarted
from batua.billing.usage_requests import RUN_ERRORS, start_usage_run
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/billing/usage-runs",
    caller=user_caller("platform:admin", live_only=True),
    request=StartUsageRun,
    response=Success(UsageRunStarted, status=202),
    errors=RUN_ERRORS,
)
def handler(call: Call[StartUsageRun]) -> Reply:
    """Invoice all subscribed tenants for their usage in a month.

    This also happens by itself on the third day of the next month. Each tenant's month is invoiced once, however often
    it is run; a draft that lacked something is finalized.
    """
    return start_usage_run(call)
