"""POST /api/v1/prefund/requests/{id}/clarify"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import DOCUMENT_UNFIT, PREFUND_NOT_IN_STATE, PREFUND_REQUEST_NOT_FOUND, VERSION_CONFLICT
from batua.identity.caller import user
from batua.prefund import asking, record
from batua.prefund.models import Answer, RequestShown


@endpoint(
    "POST",
    "/api/v1/prefund/requests/{id}/clarify",
    caller=user("prefund:request"),
    request=Answer,
    response=RequestShown,
    errors=(
        PREFUND_REQUEST_NOT_FOUND,
        PREFUND_NOT_IN_STATE,
        DOCUMENT_UNFIT,
        VERSION_CONFLICT,
    ),
    seek=record.seek,
    parameters={"id": "A prefund request, `pfr_…`."},
)
def handler(call: Call[Answer]) -> Reply:
    """Answer what was asked about a request, with another proof if need be. It is under review again."""
    return asking.clarify(call)
