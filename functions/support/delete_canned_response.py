"""DELETE /api/v1/tickets/canned-responses/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.support import canned
from batua.support.canned import CannedResponseDeleted
from batua.support.refusals import CANNED_RESPONSE_NOT_FOUND


@endpoint(
    "DELETE",
    "/api/v1/tickets/canned-responses/{id}",
    caller=user_caller("platform:review"),
    response=CannedResponseDeleted,
    errors=(CANNED_RESPONSE_NOT_FOUND,),
    parameters={"id": "The canned response, `cnr_…`."},
)
def handler(call: Call[None]) -> CannedResponseDeleted:
    """Delete a canned response."""
    return canned.delete_canned_response(call)
