"""POST /api/v1/transactions/{id}/refund"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.transactions.models import RefundTransaction
from batua.transactions.queries import prefetch_transaction
from batua.transactions.settlement import REFUND_ERRORS, refund_transaction
from batua.wallets.models import MovementOut


@endpoint(
    "POST",
    "/api/v1/transactions/{id}/refund",
    caller=user_caller("tenant:admin"),
    request=RefundTransaction,
    response=MovementOut,
    errors=REFUND_ERRORS,
    moves_value=True,
    prefetch=prefetch_transaction,
    parameters={"id": "The transaction, `txn_…`."},
)
def handler(call: Call[RefundTransaction]) -> Reply:
    """Refund a transaction, in full or in part; all refunds together never exceed it."""
    return refund_transaction(call)
