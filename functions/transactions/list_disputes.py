"""GET /api/v1/transactions/{id}/disputes"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import TRANSACTION_NOT_FOUND
from batua.identity.caller import user
from batua.transactions import disputes
from batua.transactions.models import DisputeShown
from batua.transactions.reading import seek_transaction


@endpoint(
    "GET",
    "/api/v1/transactions/{id}/disputes",
    caller=user("ledger:read"),
    response=list[DisputeShown],
    errors=(TRANSACTION_NOT_FOUND,),
    seek=seek_transaction,
    parameters={"id": "The transaction, `txn_…`."},
)
def handler(call: Call[None]) -> Reply:
    """List the disputes on a transaction, the earliest first."""
    return disputes.list_disputes(call)
