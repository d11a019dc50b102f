"""POST /api/v1/prefund/requests/{id}/clarify"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import DOCUMENT_UNFIT, PREFUND_NOT_IN_STATE, PREFUND_REQUEST_NOT_FOUND, VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.prefund import record, requests
from batua.prefund.models import ClarificationAnswer, PrefundOut


@endpoint(
    "POST",
    "/api/v1/prefund/requests/{id}/clarify",
    caller=user_caller("prefund:request", live_only=True),
    request=ClarificationAnswer,
    response=PrefundOut,
    errors=(
        PREFUND_REQUEST_NOT_FOUND,
        PREFUND_NOT_IN_STATE,
        DOCUMENT_UNFIT,
        VERSION_CONFLICT,
    ),
    prefetch=record.prefetch_prefund,
    parameters={"id": "A prefund request, `pfr_…`."},
)
def handler(call: Call[ClarificationAnswer]) -> Reply:
    """Answer a question about a request, with another proof if needed. It then returns to review."""
    return requests.clarify_prefund(call)
