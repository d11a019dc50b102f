"""POST /api/v1/integrations/{id}/deliveries/replay"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR, NOT_FOUND, SERVICE_UNAVAILABLE
from batua.identity.caller import user_caller
from batua.integrations import deliveries
from batua.integrations.bulk_replay import (
    CONNECTION_PAUSED,
    ReplayDeliveries,
    ReplayedDeliveries,
    replay_deliveries,
)


@endpoint(
    "POST",
    "/api/v1/integrations/{id}/deliveries/replay",
    caller=user_caller("integrations:write"),
    request=ReplayDeliveries,
    response=Success(ReplayedDeliveries, status=202),
    errors=(NOT_FOUND, INVALID_CURSOR, CONNECTION_PAUSED, SERVICE_UNAVAILABLE),
    prefetch=deliveries.prefetch_delivery,
    parameters={"id": "The connection, `con_…`."},
)
def handler(call: Call[ReplayDeliveries]) -> Reply:
    """Process all stored deliveries of a status again, such as those held while the connection was paused.

    Oldest first, `limit` at a time; send `meta.next_cursor` as `cursor` for the next ones. Safe at any time:
    what each order deserves is settled, and nothing is given twice.
    """
    return replay_deliveries(call)
