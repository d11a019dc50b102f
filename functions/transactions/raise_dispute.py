"""POST /api/v1/transactions/{id}/raise-dispute"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.transactions import disputes
from batua.transactions.models import DisputeOut, RaiseDispute
from batua.transactions.queries import prefetch_transaction


@endpoint(
    "POST",
    "/api/v1/transactions/{id}/raise-dispute",
    caller=user_caller("funds:move"),
    request=RaiseDispute,
    response=Success(DisputeOut, status=201),
    errors=disputes.RAISE_ERRORS,
    prefetch=prefetch_transaction,
    parameters={"id": "The transaction, `txn_…`."},
)
def handler(call: Call[RaiseDispute]) -> Reply:
    """Raise a dispute on a transaction, with a reason and evidence; one is open at a time."""
    return disputes.raise_dispute(call)
