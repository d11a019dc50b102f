"""POST /api/v1/transactions/{id}/disputes/{dispute_id}/decide"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.transactions import disputes
from batua.transactions.models import DecideDispute, DisputeOut


@endpoint(
    "POST",
    "/api/v1/transactions/{id}/disputes/{dispute_id}/decide",
    caller=user_caller("platform:review", step_up=True),
    request=DecideDispute,
    response=DisputeOut,
    errors=disputes.DECIDE_ERRORS,
    moves_value=True,
    prefetch=disputes.prefetch_dispute,
    parameters={"id": "The transaction, `txn_…`.", "dispute_id": "The dispute, `dsp_…`."},
)
def handler(call: Call[DecideDispute]) -> Reply:
    """Decide an open dispute of any tenant: reject it, or accept it and refund all or part of the disputed amount."""
    return disputes.decide_dispute(call)
