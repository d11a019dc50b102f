"""POST /api/v1/prefund/requests/{id}/withdraw"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import PREFUND_DECIDED, PREFUND_NOT_IN_STATE, PREFUND_REQUEST_NOT_FOUND, VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.prefund import record, requests
from batua.prefund.models import PrefundOut, Remark


@endpoint(
    "POST",
    "/api/v1/prefund/requests/{id}/withdraw",
    caller=user_caller("prefund:request", live_only=True),
    request=Remark,
    response=PrefundOut,
    errors=(PREFUND_REQUEST_NOT_FOUND, PREFUND_NOT_IN_STATE, PREFUND_DECIDED, VERSION_CONFLICT),
    prefetch=record.prefetch_prefund,
    parameters={"id": "A prefund request, `pfr_…`."},
)
def handler(call: Call[Remark]) -> Reply:
    """Withdraw an undecided request. Another request can then report the same transfer."""
    return requests.withdraw_prefund(call)
