"""POST /api/v1/transactions/{id}/raise-dispute"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user
from batua.transactions import disputes
from batua.transactions.models import DisputeShown, RaiseDispute
from batua.transactions.reading import seek_transaction


@endpoint(
    "POST",
    "/api/v1/transactions/{id}/raise-dispute",
    caller=user("funds:move"),
    request=RaiseDispute,
    response=DisputeShown,
    errors=disputes.RAISE_ERRORS,
    status=201,
    seek=seek_transaction,
    parameters={"id": "The transaction, `txn_…`."},
)
def handler(call: Call[RaiseDispute]) -> Reply:
    """Raise a dispute on a transaction, with a reason and evidence; one is open at a time."""
    return disputes.raise_dispute(call)
