"""GET /api/v1/tickets/canned-responses"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.support import canned
from batua.support.canned import CannedResponseOut


@endpoint(
    "GET",
    "/api/v1/tickets/canned-responses",
    caller=user_caller("platform:review"),
    response=list[CannedResponseOut],
)
def handler(call: Call[None]) -> Reply:
    """List the canned responses, by title."""
    return canned.list_canned_responses(call)
