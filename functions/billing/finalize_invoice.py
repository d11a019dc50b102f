"""POST /api/v1/invoices/{id}/finalize"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.billing.drafting import FINALIZE_ERRORS, finalize_invoice
from batua.billing.models import InvoiceOut
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/invoices/{id}/finalize",
    caller=user_caller("billing:write"),
    response=InvoiceOut,
    errors=FINALIZE_ERRORS,
    parameters={"id": "The invoice: its id `inv_…`, or its number with `-` for `/`."},
)
def handler(call: Call[None]) -> Reply:
    """Give a draft its number. It is immutable from then on, and open for payment.

    Parties are taken from the tax profiles as they are now. Numbers are consecutive in a financial year.
    """
    return finalize_invoice(call)
