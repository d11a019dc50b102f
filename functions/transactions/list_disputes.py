"""GET /api/v1/transactions/{id}/disputes"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import TRANSACTION_NOT_FOUND
from batua.identity.caller import user_caller
from batua.transactions import disputes
from batua.transactions.models import DisputeOut
from batua.transactions.queries import prefetch_transaction


@endpoint(
    "GET",
    "/api/v1/transactions/{id}/disputes",
    caller=user_caller("ledger:read"),
    response=list[DisputeOut],
    errors=(TRANSACTION_NOT_FOUND,),
    prefetch=prefetch_transaction,
    parameters={"id": "The transaction, `txn_…`."},
)
def handler(call: Call[None]) -> Reply:
    """List the disputes on a transaction, the earliest first."""
    return disputes.list_disputes(call)
