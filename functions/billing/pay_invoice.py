"""POST /api/v1/invoices/{id}/pay"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.billing.paying import PAY_ERRORS, PayInvoice, PayOut, pay_invoice
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/invoices/{id}/pay",
    caller=user_caller("billing:write"),
    request=PayInvoice,
    response=PayOut,
    errors=PAY_ERRORS,
    parameters={"id": "The invoice: its id `inv_…`, or its number with `-` for `/`."},
)
def handler(call: Call[PayInvoice]) -> Reply:
    """Get a way to pay what is outstanding: a link of the payment provider, or a UPI link with its QR code.

    Asked again, the same link comes back. The provider's webhook records the payment.
    """
    return pay_invoice(call)
