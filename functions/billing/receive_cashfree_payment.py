"""POST /api/v1/billing/webhooks/cashfree/{account_id}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.billing.payment_webhooks import CASHFREE_PAYMENTS, WEBHOOK_OPTIONS, receive_payment


@endpoint("POST", "/api/v1/billing/webhooks/cashfree/{account_id}", caller=CASHFREE_PAYMENTS, **WEBHOOK_OPTIONS)
def handler(call: Call[None]) -> Reply:
    """Receive a Cashfree webhook: payments of links, and refunds.

    Signed in `X-Webhook-Signature`. A payment is recorded once, in whatever order the webhooks come.
    """
    return receive_payment(call)
