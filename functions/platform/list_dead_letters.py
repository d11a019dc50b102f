"""GET /api/v1/health/dead-letters"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.platform.dead_letters import DeadLettersOut, list_dead_letters


@endpoint(
    "GET",
    "/api/v1/health/dead-letters",
    caller=user_caller("platform:review"),
    response=list[DeadLettersOut],
)
def handler(call: Call[None]) -> Reply:
    """Count the dead-letter messages by queue."""
    return list_dead_letters(call)
