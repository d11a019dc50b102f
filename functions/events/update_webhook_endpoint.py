"""PATCH /api/v1/webhook-endpoints/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import NOT_FOUND, VERSION_CONFLICT
from batua.events import endpoints
from batua.events.models import EndpointChanged, UpdateEndpoint
from batua.identity.caller import user


@endpoint(
    "PATCH",
    "/api/v1/webhook-endpoints/{id}",
    caller=user("tenant:admin"),
    request=UpdateEndpoint,
    response=EndpointChanged,
    errors=(
        NOT_FOUND,
        VERSION_CONFLICT,
    ),
    seek=endpoints.seek,
    parameters={"id": "The webhook endpoint, `wep_…`."},
)
def handler(call: Call[UpdateEndpoint]) -> Reply:
    """Change an endpoint: its address and events, pause it, turn it on again, or rotate its secret.

    For 24 hours after a rotation there are two signatures. What happens while it is paused is held, to be replayed.
    """
    return endpoints.update(call)
