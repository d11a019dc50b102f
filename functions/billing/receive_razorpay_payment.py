"""POST /api/v1/billing/webhooks/razorpay/{account_id}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import WEBHOOKS, Reply
from batua.billing.paying import RAZORPAY_PAYMENTS, PaymentReceived, receive_payment
from batua.billing.refusals import PAYMENT_NOT_KNOWN_YET
from batua.identity.caller import signature_caller


@endpoint(
    "POST",
    "/api/v1/billing/webhooks/razorpay/{account_id}",
    caller=signature_caller(RAZORPAY_PAYMENTS),
    response=PaymentReceived,
    errors=(PAYMENT_NOT_KNOWN_YET,),
    style=WEBHOOKS,
    parameters={"account_id": "The payment account, `pac_…`."},
)
def handler(call: Call[None]) -> Reply:
    """Receive a Razorpay webhook: paid payment links and processed refunds.

    Signed in `X-Razorpay-Signature`. A payment is recorded once, in whatever order the webhooks come.
    """
    return receive_payment(call)
