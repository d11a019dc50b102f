"""GET /gateway/wallet/api/invoices"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import PRAYOG, Reply
from batua.gateway import invoices
from batua.gateway.invoice_models import InvoiceShown, InvoicesQuery
from batua.identity.caller import tenant_caller


@endpoint(
    "GET",
    "/gateway/wallet/api/invoices",
    caller=tenant_caller("gateway:read"),
    request=InvoicesQuery,
    response=list[InvoiceShown],
    style=PRAYOG,
)
def handler(call: Call[InvoicesQuery]) -> Reply:
    """List invoices by period, product, customer, template and custom variables."""
    return invoices.list_invoices(call)
