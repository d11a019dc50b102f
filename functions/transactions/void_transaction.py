"""POST /api/v1/transactions/{id}/void"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.transactions.models import VoidTransaction
from batua.transactions.queries import prefetch_transaction
from batua.transactions.settlement import PENDING_ERRORS, void_transaction
from batua.wallets.models import MovementOut


@endpoint(
    "POST",
    "/api/v1/transactions/{id}/void",
    caller=user_caller("tenant:admin"),
    request=VoidTransaction,
    response=MovementOut,
    errors=PENDING_ERRORS,
    moves_value=True,
    prefetch=prefetch_transaction,
    parameters={"id": "The transaction, `txn_…`."},
)
def handler(call: Call[VoidTransaction]) -> Reply:
    """Void a pending transaction: its hold is released."""
    return void_transaction(call)
