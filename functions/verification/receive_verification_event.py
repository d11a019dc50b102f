"""POST /api/v1/tenant/cashfree/webhook"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import WEBHOOKS, Reply
from batua.verification.asking import VERIFICATION_ASK_ERRORS
from batua.verification.provider_webhook import PROVIDER_EVENTS, ProviderEventReceived, receive_provider_event


@endpoint(
    "POST",
    "/api/v1/tenant/cashfree/webhook",
    caller=PROVIDER_EVENTS,
    response=ProviderEventReceived,
    errors=VERIFICATION_ASK_ERRORS,
    style=WEBHOOKS,
)
def handler(call: Call[None]) -> Reply:
    """Receive a Cashfree Secure ID webhook: a bank account was checked, or a person shared a document by DigiLocker.

    Signed in `X-Webhook-Signature`, or in the older form in the body. The outcome is looked up at Cashfree.
    """
    return receive_provider_event(call)
