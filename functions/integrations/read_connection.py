"""GET /api/v1/integrations/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.errors import NOT_FOUND
from batua.identity.caller import user_caller
from batua.integrations import connections
from batua.integrations.models import ConnectionDetail


@endpoint(
    "GET",
    "/api/v1/integrations/{id}",
    caller=user_caller(),
    response=ConnectionDetail,
    errors=(NOT_FOUND,),
    prefetch=connections.prefetch_connection,
    parameters={"id": "The connection, `con_…`."},
)
def handler(call: Call[None]) -> ConnectionDetail:
    """Read one connection, with its last ten deliveries."""
    return connections.read_connection_detail(call)
