"""GET /api/v1/billing/subscriptions/{tenant}/preview"""

from batua.api.endpoint import Call, endpoint
from batua.billing.plan_models import UsagePreview, UsageQuery
from batua.billing.usage_invoices import PREVIEW_ERRORS, preview_usage
from batua.identity.caller import user_caller


@endpoint(
    "GET",
    "/api/v1/billing/subscriptions/{tenant}/preview",
    caller=user_caller("platform:review", live_only=True),
    request=UsageQuery,
    response=UsagePreview,
    errors=PREVIEW_ERRORS,
    parameters={"tenant": "The tenant, `ten_…`."},
)
def handler(call: Call[UsageQuery]) -> UsagePreview:
    """Preview the invoice for a tenant's usage in a month so far. Nothing is stored."""
    return preview_usage(call)
