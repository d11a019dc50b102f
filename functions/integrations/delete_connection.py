"""DELETE /api/v1/integrations/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import LIVE_SESSION_REQUIRED, NOT_FOUND, VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.integrations import connections
from batua.integrations.models import ConnectionDeleted


@endpoint(
    "DELETE",
    "/api/v1/integrations/{id}",
    caller=user_caller("integrations:write", step_up=True),
    response=ConnectionDeleted,
    errors=(
        LIVE_SESSION_REQUIRED,
        NOT_FOUND,
        VERSION_CONFLICT,
    ),
    prefetch=connections.prefetch_connection,
    parameters={"id": "The connection, `con_…`."},
)
def handler(call: Call[None]) -> Reply:
    """Disconnect a shop or billing system: its webhook address answers 404 from now on."""
    return connections.delete_connection(call)
