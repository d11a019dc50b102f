"""GET /api/v1/integrations/{id}/deliveries"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR, NOT_FOUND
from batua.identity.caller import user_caller
from batua.integrations import deliveries
from batua.integrations.models import ConnectionDeliveriesQuery, ConnectionDeliveryOut


@endpoint(
    "GET",
    "/api/v1/integrations/{id}/deliveries",
    caller=user_caller(),
    request=ConnectionDeliveriesQuery,
    response=list[ConnectionDeliveryOut],
    errors=(
        NOT_FOUND,
        INVALID_CURSOR,
    ),
    prefetch=deliveries.prefetch_delivery,
    parameters={"id": "The connection, `con_…`."},
)
def handler(call: Call[ConnectionDeliveriesQuery]) -> Reply:
    """List what a connection received in the last 30 days, newest first, with the outcome of each delivery."""
    return deliveries.list_deliveries(call)
