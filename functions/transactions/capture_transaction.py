"""POST /api/v1/transactions/{id}/capture"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user
from batua.transactions.ending import CAPTURE_ERRORS, capture
from batua.transactions.models import Capture
from batua.transactions.reading import seek_transaction
from batua.wallets.models import Moved


@endpoint(
    "POST",
    "/api/v1/transactions/{id}/capture",
    caller=user("tenant:admin"),
    request=Capture,
    response=Moved,
    errors=CAPTURE_ERRORS,
    moves_value=True,
    seek=seek_transaction,
    parameters={"id": "The transaction, `txn_…`."},
)
def handler(call: Call[Capture]) -> Reply:
    """Capture a pending transaction, whole or in part; the rest of what it holds goes back."""
    return capture(call)
