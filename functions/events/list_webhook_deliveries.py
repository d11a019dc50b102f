"""GET /api/v1/webhook-endpoints/{id}/deliveries"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR, NOT_FOUND
from batua.events import delivery_log
from batua.events.models import WebhookDeliveriesQuery, WebhookDeliveryOut
from batua.identity.caller import user_caller


@endpoint(
    "GET",
    "/api/v1/webhook-endpoints/{id}/deliveries",
    caller=user_caller("ledger:read"),
    request=WebhookDeliveriesQuery,
    response=list[WebhookDeliveryOut],
    errors=(
        NOT_FOUND,
        INVALID_CURSOR,
    ),
    prefetch=delivery_log.prefetch_webhook_delivery,
    parameters={"id": "The webhook endpoint, `wep_…`."},
)
def handler(call: Call[WebhookDeliveriesQuery]) -> Reply:
    """List the deliveries to an endpoint in the last 30 days, newest events first, with the outcome of each attempt."""
    return delivery_log.list_webhook_deliveries(call)
