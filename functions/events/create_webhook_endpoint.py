"""POST /api/v1/webhook-endpoints"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.errors import LIVE_SESSION_REQUIRED, VERSION_CONFLICT
from batua.events import endpoints
from batua.events.endpoints import TOO_MANY_ENDPOINTS
from batua.events.models import CreateEndpoint, EndpointCreated
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/webhook-endpoints",
    caller=user_caller("tenant:admin", step_up=True),
    request=CreateEndpoint,
    response=Success(EndpointCreated, status=201),
    errors=(
        LIVE_SESSION_REQUIRED,
        TOO_MANY_ENDPOINTS,
        VERSION_CONFLICT,
    ),
)
def handler(call: Call[CreateEndpoint]) -> Reply:
    """Create a webhook endpoint. The response has its signing secret, which is shown only once.

    Events are signed as Standard Webhooks has it, sent at least once, and again for about a day where that fails.
    """
    return endpoints.create_webhook_endpoint(call)
