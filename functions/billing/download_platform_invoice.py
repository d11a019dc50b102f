"""GET /api/v1/billing/platform-invoices/{month}/download"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Raw, Reply
from batua.billing.models import DownloadOut
from batua.billing.platform_invoices import PLATFORM_INVOICE_ERRORS, download_platform_invoice
from batua.identity.caller import user_caller


@endpoint(
    "GET",
    "/api/v1/billing/platform-invoices/{month}/download",
    caller=user_caller("ledger:read", live_only=True),
    response=DownloadOut,
    errors=PLATFORM_INVOICE_ERRORS,
    precondition="If-None-Match",
    parameters={"month": "The month of use, YYYY-MM."},
)
def handler(call: Call[None]) -> Reply | Raw:
    """Get a link to the PDF of the operator's invoice for a month, valid for 15 minutes."""
    return download_platform_invoice(call)
