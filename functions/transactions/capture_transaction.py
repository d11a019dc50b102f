"""POST /api/v1/transactions/{id}/capture"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.transactions.models import CaptureTransaction
from batua.transactions.queries import prefetch_transaction
from batua.transactions.settlement import CAPTURE_ERRORS, capture_transaction
from batua.wallets.models import MovementOut


@endpoint(
    "POST",
    "/api/v1/transactions/{id}/capture",
    caller=user_caller("tenant:admin"),
    request=CaptureTransaction,
    response=MovementOut,
    errors=CAPTURE_ERRORS,
    moves_value=True,
    prefetch=prefetch_transaction,
    parameters={"id": "The transaction, `txn_…`."},
)
def handler(call: Call[CaptureTransaction]) -> Reply:
    """Capture a pending transaction, in full or in part; the rest of the hold is released."""
    return capture_transaction(call)
