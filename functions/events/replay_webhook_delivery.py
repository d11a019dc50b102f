"""POST /api/v1/webhook-endpoints/{id}/deliveries/{event_id}/replay"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.errors import NOT_FOUND, VERSION_CONFLICT
from batua.events import delivery_log
from batua.events.delivery_log import ENDPOINT_NOT_ACTIVE
from batua.events.models import WebhookDeliveryOut
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/webhook-endpoints/{id}/deliveries/{event_id}/replay",
    caller=user_caller("tenant:admin"),
    response=Success(WebhookDeliveryOut, status=202),
    errors=(
        NOT_FOUND,
        ENDPOINT_NOT_ACTIVE,
        VERSION_CONFLICT,
    ),
    prefetch=delivery_log.prefetch_webhook_delivery,
    parameters={"id": "The webhook endpoint, `wep_…`.", "event_id": "The event, `evt_…`."},
)
def handler(call: Call[None]) -> Reply:
    """Send an event again, whatever its earlier outcome. It keeps its id, so receivers recognise it."""
    return delivery_log.replay_webhook_delivery(call)
