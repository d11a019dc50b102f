"""GET /api/v1/webhook-endpoints"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.events import endpoints
from batua.events.models import EndpointOut
from batua.identity.caller import user_caller


@endpoint(
    "GET",
    "/api/v1/webhook-endpoints",
    caller=user_caller(),
    response=list[EndpointOut],
)
def handler(call: Call[None]) -> Reply:
    """List the tenant's webhook endpoints."""
    return endpoints.list_webhook_endpoints(call)
