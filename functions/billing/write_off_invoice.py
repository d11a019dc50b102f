"""POST /api/v1/invoices/{id}/write-off"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.billing.models import InvoiceOut, WriteOffInvoice
from batua.billing.notes import WRITE_OFF_ERRORS, write_off_invoice
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/invoices/{id}/write-off",
    caller=user_caller("billing:write"),
    request=WriteOffInvoice,
    response=InvoiceOut,
    errors=WRITE_OFF_ERRORS,
    parameters={"id": "The invoice: its id `inv_…`, or its number with `-` for `/`."},
)
def handler(call: Call[WriteOffInvoice]) -> Reply:
    """Mark an open invoice as uncollectible. A late payment is still accepted."""
    return write_off_invoice(call)
