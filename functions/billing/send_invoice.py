"""POST /api/v1/invoices/{id}/send"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.billing.models import InvoiceOut, SendInvoice
from batua.billing.sending import SEND_ERRORS, send_invoice
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/invoices/{id}/send",
    caller=user_caller("billing:write"),
    request=SendInvoice,
    response=InvoiceOut,
    errors=SEND_ERRORS,
    parameters={"id": "The invoice: its id `inv_…`, or its number with `-` for `/`."},
)
def handler(call: Call[SendInvoice]) -> Reply:
    """Email the invoice with its PDF attached. A draft is finalized first.

    Each mail is logged. An address that has it already gets it again with `again` alone.
    """
    return send_invoice(call)
