"""PATCH /api/v1/webhook-endpoints/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import LIVE_SESSION_REQUIRED, NOT_FOUND, VERSION_CONFLICT
from batua.events import endpoints
from batua.events.models import EndpointChanged, UpdateEndpoint
from batua.identity.caller import user_caller


@endpoint(
    "PATCH",
    "/api/v1/webhook-endpoints/{id}",
    caller=user_caller("tenant:admin", step_up=True),
    request=UpdateEndpoint,
    response=EndpointChanged,
    errors=(
        LIVE_SESSION_REQUIRED,
        NOT_FOUND,
        VERSION_CONFLICT,
    ),
    prefetch=endpoints.prefetch_webhook_endpoint,
    parameters={"id": "The webhook endpoint, `wep_…`."},
)
def handler(call: Call[UpdateEndpoint]) -> Reply:
    """Change an endpoint: its address and events, pause it, turn it on again, or rotate its secret.

    For 24 hours after a rotation there are two signatures. What happens while it is paused is held, to be replayed.
    """
    return endpoints.update_webhook_endpoint(call)
