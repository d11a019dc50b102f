"""DELETE /api/v1/webhook-endpoints/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import LIVE_SESSION_REQUIRED, NOT_FOUND, VERSION_CONFLICT
from batua.events import endpoints
from batua.events.models import EndpointDeleted
from batua.identity.caller import user_caller


@endpoint(
    "DELETE",
    "/api/v1/webhook-endpoints/{id}",
    caller=user_caller("tenant:admin", step_up=True),
    response=EndpointDeleted,
    errors=(
        LIVE_SESSION_REQUIRED,
        NOT_FOUND,
        VERSION_CONFLICT,
    ),
    prefetch=endpoints.prefetch_webhook_endpoint,
    parameters={"id": "The webhook endpoint, `wep_…`."},
)
def handler(call: Call[None]) -> Reply:
    """Delete an endpoint: no more events are sent to it."""
    return endpoints.delete_webhook_endpoint(call)
