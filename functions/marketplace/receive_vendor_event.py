"""POST /api/v1/marketplace/webhooks/runa/{hook_id}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import WEBHOOKS, Reply
from batua.marketplace.vendor_hooks import VENDOR_EVENTS, VendorEventReceived, receive_vendor_event


@endpoint(
    "POST",
    "/api/v1/marketplace/webhooks/runa/{hook_id}",
    caller=VENDOR_EVENTS,
    response=VendorEventReceived,
    parameters={"hook_id": "As in the account's `webhook_url`."},
    style=WEBHOOKS,
)
def handler(call: Call[None]) -> Reply:
    """Receive a Runa webhook, signed in `svix-signature`: an order is complete. Its details are read from Runa."""
    return receive_vendor_event(call)
