"""POST /webhooks/woocommerce/{connection_id}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import WEBHOOKS, Reply
from batua.errors import SERVICE_UNAVAILABLE
from batua.identity.caller import signature_caller
from batua.integrations.receive import Received, receive
from batua.integrations.signatures import WOOCOMMERCE_VERIFIER


@endpoint(
    "POST",
    "/webhooks/woocommerce/{connection_id}",
    caller=signature_caller(WOOCOMMERCE_VERIFIER),
    response=Received,
    errors=(SERVICE_UNAVAILABLE,),
    style=WEBHOOKS,
    parameters={"connection_id": "The connection, `con_…`."},
)
def handler(call: Call[None]) -> Reply:
    """Receive a WooCommerce webhook: orders created, updated, deleted, restored; and the ping of a new webhook.

    Signed in `X-WC-Webhook-Signature`. Refunds come as updates of the order: what counts is what the order is now.
    """
    return receive(call)
