"""GET /api/v1/invoices/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.billing.invoice_queries import show_invoice
from batua.billing.models import InvoiceOut
from batua.errors import INVOICE_NOT_FOUND
from batua.identity.caller import user_caller


@endpoint(
    "GET",
    "/api/v1/invoices/{id}",
    caller=user_caller("ledger:read"),
    response=InvoiceOut,
    errors=(INVOICE_NOT_FOUND,),
    parameters={"id": "The invoice: its id `inv_…`, or its number with `-` for `/`."},
)
def handler(call: Call[None]) -> InvoiceOut:
    """Read an invoice or a note, with its lines, taxes, payments and emails."""
    return show_invoice(call)
