"""GET /api/v1/billing/platform-invoices"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.billing.platform_invoices import PlatformInvoice, PlatformInvoicesQuery, list_platform_invoices
from batua.identity.caller import user_caller


@endpoint(
    "GET",
    "/api/v1/billing/platform-invoices",
    caller=user_caller("ledger:read", live_only=True),
    request=PlatformInvoicesQuery,
    response=list[PlatformInvoice],
)
def handler(call: Call[PlatformInvoicesQuery]) -> Reply:
    """List the operator's invoices for your tenant's usage, newest month first."""
    return list_platform_invoices(call)
