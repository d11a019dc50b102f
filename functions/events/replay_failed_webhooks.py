"""POST /api/v1/webhook-endpoints/{id}/replay"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import NOT_FOUND
from batua.events import deliveries
from batua.events.deliveries import ENDPOINT_NOT_ACTIVE
from batua.events.models import Replayed, ReplayFailed
from batua.identity.caller import user


@endpoint(
    "POST",
    "/api/v1/webhook-endpoints/{id}/replay",
    caller=user("tenant:admin"),
    request=ReplayFailed,
    response=Replayed,
    status=202,
    errors=(
        NOT_FOUND,
        ENDPOINT_NOT_ACTIVE,
    ),
    seek=deliveries.seek,
    parameters={"id": "The webhook endpoint, `wep_…`."},
)
def handler(call: Call[ReplayFailed]) -> Reply:
    """Send once more what was given up, or held while the endpoint was paused, of the events since a time.

    At most 500 a call; `next_since` leads on.
    """
    return deliveries.replay_failed(call)
