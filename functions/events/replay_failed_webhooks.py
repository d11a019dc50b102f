"""POST /api/v1/webhook-endpoints/{id}/replay"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.errors import NOT_FOUND
from batua.events import delivery_log
from batua.events.delivery_log import ENDPOINT_NOT_ACTIVE
from batua.events.models import ReplayFailed, ReplayResult
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/webhook-endpoints/{id}/replay",
    caller=user_caller("tenant:admin"),
    request=ReplayFailed,
    response=Success(ReplayResult, status=202),
    errors=(
        NOT_FOUND,
        ENDPOINT_NOT_ACTIVE,
    ),
    prefetch=delivery_log.prefetch_webhook_delivery,
    parameters={"id": "The webhook endpoint, `wep_…`."},
)
def handler(call: Call[ReplayFailed]) -> Reply:
    """Send the events since a given time again that failed for good or were held while the endpoint was paused.

    At most 500 a call; `next_since` leads on.
    """
    return delivery_log.replay_failed_webhooks(call)
