"""POST /api/v1/billing/webhooks/razorpay/{account_id}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.billing.payment_webhooks import RAZORPAY_PAYMENTS, WEBHOOK_OPTIONS, receive_payment


@endpoint("POST", "/api/v1/billing/webhooks/razorpay/{account_id}", caller=RAZORPAY_PAYMENTS, **WEBHOOK_OPTIONS)
def handler(call: Call[None]) -> Reply:
    """Receive a Razorpay webhook: paid payment links and processed refunds.

    Signed in `X-Razorpay-Signature`. A payment is recorded once, in whatever order the webhooks come.
    """
    return receive_payment(call)
