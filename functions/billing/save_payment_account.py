"""PUT /api/v1/billing/payment-account"""

from batua.api.endpoint import Call, endpoint
from batua.billing.payment_accounts import PaymentAccountOut, SavePaymentAccount, save_payment_account
from batua.errors import VERIFICATION_REQUIRED, VERSION_CONFLICT
from batua.identity.caller import user_caller


@endpoint(
    "PUT",
    "/api/v1/billing/payment-account",
    caller=user_caller("tenant:admin", step_up=True),
    request=SavePaymentAccount,
    response=PaymentAccountOut,
    errors=(VERSION_CONFLICT, VERIFICATION_REQUIRED),
)
def handler(call: Call[SavePaymentAccount]) -> PaymentAccountOut:
    """Save the Razorpay or Cashfree account that customers pay invoices through. Its keys are stored encrypted.

    Enter the answer's `webhook_url` at the provider. The administrators are notified by mail.
    """
    return save_payment_account(call)
