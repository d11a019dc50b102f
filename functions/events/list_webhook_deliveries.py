"""GET /api/v1/webhook-endpoints/{id}/deliveries"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR, NOT_FOUND
from batua.events import deliveries
from batua.events.models import DeliveriesQuery, DeliveryOut
from batua.identity.caller import user


@endpoint(
    "GET",
    "/api/v1/webhook-endpoints/{id}/deliveries",
    caller=user("ledger:read"),
    request=DeliveriesQuery,
    response=list[DeliveryOut],
    errors=(
        NOT_FOUND,
        INVALID_CURSOR,
    ),
    seek=deliveries.seek,
    parameters={"id": "The webhook endpoint, `wep_…`."},
)
def handler(call: Call[DeliveriesQuery]) -> Reply:
    """List what was sent to an endpoint in the last 30 days, the newest events first, and what came of each attempt."""
    return deliveries.listed(call)
