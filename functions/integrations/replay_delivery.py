"""POST /api/v1/integrations/{id}/deliveries/{delivery_id}/replay"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.errors import NOT_FOUND, SERVICE_UNAVAILABLE
from batua.identity.caller import user_caller
from batua.integrations import deliveries
from batua.integrations.deliveries import DELIVERY_REDACTED, ORDER_REWARDED
from batua.integrations.models import ConnectionDeliveryOut, ReplayDelivery


@endpoint(
    "POST",
    "/api/v1/integrations/{id}/deliveries/{delivery_id}/replay",
    caller=user_caller("integrations:write"),
    request=ReplayDelivery,
    response=Success(ConnectionDeliveryOut, status=202),
    errors=(
        NOT_FOUND,
        DELIVERY_REDACTED,
        ORDER_REWARDED,
        SERVICE_UNAVAILABLE,
    ),
    prefetch=deliveries.prefetch_delivery,
    parameters={"id": "The connection, `con_…`.", "delivery_id": "The delivery, `dlv_…`."},
)
def handler(call: Call[ReplayDelivery]) -> Reply:
    """Process a stored delivery again; with a phone number, for that customer.

    Safe at any time: what the order deserves is settled, and nothing is given twice.
    """
    return deliveries.replay_delivery(call)
