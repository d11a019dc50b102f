"""GET /api/v1/transactions"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR
from batua.identity.caller import user_caller
from batua.transactions import queries
from batua.transactions.models import TransactionLine, TransactionsQuery


@endpoint(
    "GET",
    "/api/v1/transactions",
    caller=user_caller("ledger:read"),
    request=TransactionsQuery,
    response=list[TransactionLine],
    errors=(INVALID_CURSOR,),
)
def handler(call: Call[TransactionsQuery]) -> Reply:
    """List the tenant's transactions, on its own wallets and its customers' coins, newest first."""
    return queries.list_transactions(call)
