"""GET /gateway/wallet/api/invoices/{invoiceId}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import PRAYOG, Reply
from batua.errors import INVOICE_NOT_FOUND
from batua.gateway import invoices
from batua.gateway.invoice_models import InvoiceShown
from batua.identity.caller import tenant_caller


@endpoint(
    "GET",
    "/gateway/wallet/api/invoices/{invoiceId}",
    caller=tenant_caller("gateway:read"),
    response=InvoiceShown,
    errors=(INVOICE_NOT_FOUND,),
    style=PRAYOG,
    parameters={"invoiceId": "An invoice's id, `ginv_…`, or its number with `-` for `/`: `INV-2627-000001`."},
)
def handler(call: Call[None]) -> Reply:
    """Read an invoice or a credit note by its id or its number."""
    return invoices.read_invoice(call)
