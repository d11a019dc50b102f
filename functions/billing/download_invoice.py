"""GET /api/v1/invoices/{id}/download"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Raw, Reply
from batua.billing.filing import DOWNLOAD_ERRORS, download_invoice
from batua.billing.models import DownloadOut
from batua.identity.caller import user_caller


@endpoint(
    "GET",
    "/api/v1/invoices/{id}/download",
    caller=user_caller("ledger:read"),
    response=DownloadOut,
    errors=DOWNLOAD_ERRORS,
    precondition="If-None-Match",
    parameters={"id": "The invoice: its id `inv_…`, or its number with `-` for `/`."},
)
def handler(call: Call[None]) -> Reply | Raw:
    """Get a link to the PDF, valid for 15 minutes.

    The file never changes: `ETag` is its SHA-256, and `If-None-Match` with it answers 304.
    """
    return download_invoice(call)
