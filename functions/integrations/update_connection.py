"""PATCH /api/v1/integrations/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import LIVE_SESSION_REQUIRED, NOT_FOUND, VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.integrations import connections
from batua.integrations.models import ConnectionChanged, UpdateConnection


@endpoint(
    "PATCH",
    "/api/v1/integrations/{id}",
    caller=user_caller("integrations:write", step_up=True),
    request=UpdateConnection,
    response=ConnectionChanged,
    errors=(
        LIVE_SESSION_REQUIRED,
        NOT_FOUND,
        VERSION_CONFLICT,
    ),
    prefetch=connections.prefetch_connection,
    parameters={"id": "The connection, `con_…`."},
)
def handler(call: Call[UpdateConnection]) -> Reply:
    """Change a connection: its settings and mapping, pause it, or rotate its secret.

    After a rotation the secret before it stays good for 24 hours. What comes while it is paused is kept, not settled.
    """
    return connections.update_connection(call)
