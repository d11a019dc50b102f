"""GET /api/v1/integrations/{id}/deliveries"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR, NOT_FOUND
from batua.identity.caller import user
from batua.integrations import deliveries
from batua.integrations.models import DeliveriesQuery, DeliveryOut


@endpoint(
    "GET",
    "/api/v1/integrations/{id}/deliveries",
    caller=user(),
    request=DeliveriesQuery,
    response=list[DeliveryOut],
    errors=(
        NOT_FOUND,
        INVALID_CURSOR,
    ),
    seek=deliveries.seek,
    parameters={"id": "The connection, `con_…`."},
)
def handler(call: Call[DeliveriesQuery]) -> Reply:
    """List what a connection received in the last 30 days, newest first, and what became of each."""
    return deliveries.listed(call)
