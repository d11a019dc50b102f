"""POST /api/v1/invoices/{id}/e-invoice/cancel"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.billing.irp_registration import CANCEL_EINVOICE_ERRORS, CancelEInvoice, cancel_einvoice
from batua.billing.models import InvoiceOut
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/invoices/{id}/e-invoice/cancel",
    caller=user_caller("billing:write"),
    request=CancelEInvoice,
    response=InvoiceOut,
    errors=CANCEL_EINVOICE_ERRORS,
    parameters={"id": "The invoice: its id `inv_…`, or its number with `-` for `/`."},
)
def handler(call: Call[CancelEInvoice]) -> Reply:
    """Cancel a registered invoice at the portal within 24 hours. It is then void, and counts as cancelled in returns.

    Only an open invoice without payments and notes; later, or for those, issue a credit note. Its number stays used.
    """
    return cancel_einvoice(call)
