"""GET /api/v1/billing/payment-account"""

from batua.api.endpoint import Call, endpoint
from batua.billing.payment_accounts import PaymentAccountOut, read_payment_account
from batua.identity.caller import user_caller


@endpoint(
    "GET",
    "/api/v1/billing/payment-account",
    caller=user_caller("ledger:read"),
    response=PaymentAccountOut,
)
def handler(call: Call[None]) -> PaymentAccountOut:
    """Read which payment provider customers pay through. Secrets are never shown."""
    return read_payment_account(call)
