"""POST /gateway/wallet/api/generate-invoice"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import PRAYOG, Reply
from batua.gateway import invoices
from batua.gateway.invoice_models import GenerateInvoice, InvoiceShown
from batua.identity.caller import tenant_caller


@endpoint(
    "POST",
    "/gateway/wallet/api/generate-invoice",
    caller=tenant_caller("gateway:write"),
    request=GenerateInvoice,
    response=InvoiceShown,
    errors=invoices.INVOICE_ERRORS,
    style=PRAYOG,
)
def handler(call: Call[GenerateInvoice]) -> Reply:
    """Invoice a buyer's billable charges over a period, from a template, as a PDF.

    A charge is invoiced once: what another invoice holds is left out, and what arrived late in an invoiced period is
    taken along. Charges given back after they were invoiced become a credit note. Numbers are consecutive per
    financial year. The same request again answers the same invoice, with the message `Invoice already generated`.
    """
    return invoices.generate_invoice(call)
