"""GET /api/v1/billing/top-ups"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.billing.top_up_models import TopUpOut, TopUpsQuery
from batua.billing.top_ups import LIST_TOP_UPS_ERRORS, list_tenant_top_ups
from batua.identity.caller import user_caller


@endpoint(
    "GET",
    "/api/v1/billing/top-ups",
    caller=user_caller("ledger:read"),
    request=TopUpsQuery,
    response=list[TopUpOut],
    errors=LIST_TOP_UPS_ERRORS,
)
def handler(call: Call[TopUpsQuery]) -> Reply:
    """List the tenant's top-ups, newest first."""
    return list_tenant_top_ups(call)
