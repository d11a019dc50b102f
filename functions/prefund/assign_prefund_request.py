"""POST /api/v1/prefund/requests/{id}/assign"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import ASSIGNEE_UNFIT, FOUR_EYES, PREFUND_NOT_IN_STATE, PREFUND_REQUEST_NOT_FOUND, VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.prefund import record, reviews
from batua.prefund.models import Assignment, PrefundOut


@endpoint(
    "POST",
    "/api/v1/prefund/requests/{id}/assign",
    caller=user_caller("platform:review", live_only=True),
    request=Assignment,
    response=PrefundOut,
    errors=(
        PREFUND_REQUEST_NOT_FOUND,
        PREFUND_NOT_IN_STATE,
        FOUR_EYES,
        ASSIGNEE_UNFIT,
        VERSION_CONFLICT,
    ),
    prefetch=record.prefetch_prefund,
    parameters={"id": "A prefund request, `pfr_…`."},
)
def handler(call: Call[Assignment]) -> Reply:
    """Assign a request to one of the operator's staff."""
    return reviews.assign_request(call)
