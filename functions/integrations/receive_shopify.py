"""POST /webhooks/shopify/{connection_id}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import WEBHOOKS, Reply
from batua.errors import SERVICE_UNAVAILABLE
from batua.identity.caller import signature_caller
from batua.integrations.receive import Received, receive
from batua.integrations.signatures import SHOPIFY_VERIFIER


@endpoint(
    "POST",
    "/webhooks/shopify/{connection_id}",
    caller=signature_caller(SHOPIFY_VERIFIER),
    response=Received,
    errors=(SERVICE_UNAVAILABLE,),
    style=WEBHOOKS,
    parameters={"connection_id": "The connection, `con_…`."},
)
def handler(call: Call[None]) -> Reply:
    """Receive a Shopify webhook: orders paid, updated, cancelled, refunded; uninstalling; privacy requests.

    Signed in `X-Shopify-Hmac-SHA256`. It is stored, queued and answered at once; what an order deserves is settled
    after that, and shows in the connection's deliveries.
    """
    return receive(call)
