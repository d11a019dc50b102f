"""POST /api/v1/invoices/{id}/e-invoice"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.billing.irp_registration import REGISTER_ERRORS, register_einvoice
from batua.billing.models import InvoiceOut
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/invoices/{id}/e-invoice",
    caller=user_caller("billing:write"),
    response=InvoiceOut,
    errors=REGISTER_ERRORS,
    parameters={"id": "The invoice: its id `inv_…`, or its number with `-` for `/`."},
)
def handler(call: Call[None]) -> Reply:
    """Register a B2B invoice or note at the Invoice Registration Portal, which returns its IRN and signed QR code.

    The PDF prints both. A document is registered once: send the request again when an answer was lost.
    """
    return register_einvoice(call)
