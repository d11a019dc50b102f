"""GET /api/v1/transactions/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.errors import TRANSACTION_NOT_FOUND
from batua.identity.caller import user_caller
from batua.transactions import queries
from batua.transactions.models import TransactionDetail


@endpoint(
    "GET",
    "/api/v1/transactions/{id}",
    caller=user_caller("ledger:read"),
    response=TransactionDetail,
    errors=(TRANSACTION_NOT_FOUND,),
    prefetch=queries.prefetch_transaction,
    parameters={"id": "The transaction, `txn_…`."},
)
def handler(call: Call[None]) -> TransactionDetail:
    """Read one transaction with its entries: every leg on every wallet of the tenant."""
    return queries.read_transaction(call)
