"""POST /api/v1/integrations"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.errors import LIVE_SESSION_REQUIRED, VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.integrations import connections
from batua.integrations.connections import TOO_MANY_CONNECTIONS
from batua.integrations.models import ConnectionCreated, CreateConnection


@endpoint(
    "POST",
    "/api/v1/integrations",
    caller=user_caller("integrations:write", step_up=True),
    request=CreateConnection,
    response=Success(ConnectionCreated, status=201),
    errors=(
        LIVE_SESSION_REQUIRED,
        TOO_MANY_CONNECTIONS,
        VERSION_CONFLICT,
    ),
)
def handler(call: Call[CreateConnection]) -> Reply:
    """Connect a shop or billing system. The response has its webhook address, and its secret, which is shown only once.

    For Shopify give the secret that its admin shows; for the others one is made.
    """
    return connections.create_connection(call)
