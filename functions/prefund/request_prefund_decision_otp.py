"""POST /api/v1/prefund/requests/{id}/decision/otp/request"""

from batua.api.endpoint import Call, endpoint
from batua.errors import (
    FOUR_EYES,
    PHONE_MISSING,
    PREFUND_AMOUNT_EXCEEDED,
    PREFUND_DECIDED,
    PREFUND_NOT_IN_STATE,
    PREFUND_REQUEST_NOT_FOUND,
    TOO_MANY_ATTEMPTS,
)
from batua.identity.caller import user_caller
from batua.prefund import decisions, record
from batua.prefund.models import DecisionCodeSent, PrefundDecisionIntent


@endpoint(
    "POST",
    "/api/v1/prefund/requests/{id}/decision/otp/request",
    caller=user_caller("prefund:decide", step_up=True, live_only=True),
    request=PrefundDecisionIntent,
    response=DecisionCodeSent,
    errors=(
        PREFUND_REQUEST_NOT_FOUND,
        PREFUND_NOT_IN_STATE,
        PREFUND_DECIDED,
        PREFUND_AMOUNT_EXCEEDED,
        FOUR_EYES,
        PHONE_MISSING,
        TOO_MANY_ATTEMPTS,
    ),
    prefetch=record.prefetch_prefund,
    parameters={"id": "A prefund request, `pfr_…`."},
)
def handler(call: Call[PrefundDecisionIntent]) -> DecisionCodeSent:
    """Get a one-time code by mail for a decision: for this version of the request, this decision and this amount."""
    return decisions.request_decision_otp(call)
