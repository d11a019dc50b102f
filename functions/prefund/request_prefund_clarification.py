"""POST /api/v1/prefund/requests/{id}/request-clarification"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import FOUR_EYES, PREFUND_NOT_IN_STATE, PREFUND_REQUEST_NOT_FOUND, VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.prefund import record, reviews
from batua.prefund.models import ClarificationQuestion, PrefundOut


@endpoint(
    "POST",
    "/api/v1/prefund/requests/{id}/request-clarification",
    caller=user_caller("platform:review", live_only=True),
    request=ClarificationQuestion,
    response=PrefundOut,
    errors=(
        PREFUND_REQUEST_NOT_FOUND,
        PREFUND_NOT_IN_STATE,
        FOUR_EYES,
        VERSION_CONFLICT,
    ),
    prefetch=record.prefetch_prefund,
    parameters={"id": "A prefund request, `pfr_…`."},
)
def handler(call: Call[ClarificationQuestion]) -> Reply:
    """Ask the tenant about a request under review."""
    return reviews.request_clarification(call)
