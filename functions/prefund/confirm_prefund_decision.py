"""POST /api/v1/prefund/requests/{id}/decision/otp/confirm"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import (
    FOUR_EYES,
    OTP_INVALID,
    PREFUND_AMOUNT_EXCEEDED,
    PREFUND_DECIDED,
    PREFUND_NOT_IN_STATE,
    PREFUND_REQUEST_NOT_FOUND,
    SERVICE_UNAVAILABLE,
    VERSION_CONFLICT,
)
from batua.identity.caller import user_caller
from batua.prefund import decisions, record
from batua.prefund.models import PrefundDecision, PrefundOut


@endpoint(
    "POST",
    "/api/v1/prefund/requests/{id}/decision/otp/confirm",
    caller=user_caller("prefund:decide", live_only=True),
    request=PrefundDecision,
    response=PrefundOut,
    errors=(
        PREFUND_REQUEST_NOT_FOUND,
        PREFUND_NOT_IN_STATE,
        PREFUND_DECIDED,
        PREFUND_AMOUNT_EXCEEDED,
        FOUR_EYES,
        OTP_INVALID,
        VERSION_CONFLICT,
        SERVICE_UNAVAILABLE,
    ),
    prefetch=record.prefetch_prefund,
    parameters={"id": "A prefund request, `pfr_…`."},
)
def handler(call: Call[PrefundDecision]) -> Reply:
    """Approve or reject a request with the code that was sent for it.

    An approval is answered at once; the wallet is credited right after. Sent again, it gets the same answer.
    """
    return decisions.confirm_decision(call)
