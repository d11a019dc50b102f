"""POST /api/v1/invoices/{id}/mark-paid"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.billing.models import InvoiceOut, MarkInvoicePaid
from batua.billing.settling import PAYMENT_ERRORS, mark_invoice_paid
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/invoices/{id}/mark-paid",
    caller=user_caller("billing:settle"),
    request=MarkInvoicePaid,
    response=InvoiceOut,
    errors=PAYMENT_ERRORS,
    parameters={"id": "The invoice: its id `inv_…`, or its number with `-` for `/`."},
)
def handler(call: Call[MarkInvoicePaid]) -> Reply:
    """Record a payment, in full or in part.

    One reference is recorded once. What is paid above the total is credit of the customer, with which
    `method: customer_credit` pays another invoice.
    """
    return mark_invoice_paid(call)
