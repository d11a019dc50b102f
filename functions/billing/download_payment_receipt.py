"""GET /api/v1/invoices/{id}/payments/{payment_id}/receipt"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.billing.models import DownloadOut
from batua.billing.payment_receipts import RECEIPT_ERRORS, download_payment_receipt
from batua.identity.caller import user_caller


@endpoint(
    "GET",
    "/api/v1/invoices/{id}/payments/{payment_id}/receipt",
    caller=user_caller("ledger:read"),
    response=DownloadOut,
    errors=RECEIPT_ERRORS,
    parameters={
        "id": "The invoice: its id `inv_…`, or its number with `-` for `/`.",
        "payment_id": "A payment of the invoice, `ipay_…`.",
    },
)
def handler(call: Call[None]) -> Reply:
    """Get a link to the receipt of a payment, as a PDF.

    Its number is the invoice's with the number of the payment: `INV/2627/000001/1`.
    """
    return download_payment_receipt(call)
