"""POST /api/v1/invoices/{id}/void"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.billing.models import CancelInvoice, InvoiceOut
from batua.billing.notes import CANCEL_ERRORS, cancel_invoice
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/invoices/{id}/void",
    caller=user_caller("billing:write"),
    request=CancelInvoice,
    response=InvoiceOut,
    errors=CANCEL_ERRORS,
    parameters={"id": "The invoice: its id `inv_…`, or its number with `-` for `/`."},
)
def handler(call: Call[CancelInvoice]) -> Reply:
    """Void a draft, or an open invoice without payments.

    A number that was given stays: the invoice is cancelled by a credit note in full.
    """
    return cancel_invoice(call)
