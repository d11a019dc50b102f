"""GET /api/v1/integrations/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.errors import NOT_FOUND
from batua.identity.caller import user
from batua.integrations import connections
from batua.integrations.models import ConnectionRead


@endpoint(
    "GET",
    "/api/v1/integrations/{id}",
    caller=user(),
    response=ConnectionRead,
    errors=(NOT_FOUND,),
    seek=connections.seek,
    parameters={"id": "The connection, `con_…`."},
)
def handler(call: Call[None]) -> ConnectionRead:
    """Read one connection, with its last ten deliveries."""
    return connections.read(call)
