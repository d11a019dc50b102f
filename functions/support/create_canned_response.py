"""POST /api/v1/tickets/canned-responses"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.support import canned
from batua.support.canned import CannedResponseOut, NewCannedResponse
from batua.support.refusals import TOO_MANY_CANNED_RESPONSES


@endpoint(
    "POST",
    "/api/v1/tickets/canned-responses",
    caller=user_caller("platform:review"),
    request=NewCannedResponse,
    response=Success(CannedResponseOut, status=201),
    errors=(TOO_MANY_CANNED_RESPONSES,),
)
def handler(call: Call[NewCannedResponse]) -> Reply:
    """Save a canned response; unknown variables are refused."""
    return canned.create_canned_response(call)
