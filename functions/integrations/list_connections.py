"""GET /api/v1/integrations"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.integrations import connections
from batua.integrations.models import ConnectionOut


@endpoint(
    "GET",
    "/api/v1/integrations",
    caller=user_caller(),
    response=list[ConnectionOut],
)
def handler(call: Call[None]) -> Reply:
    """List the connected shops and billing systems."""
    return connections.list_connections(call)
