"""POST /api/v1/transactions/{id}/void"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user
from batua.transactions.ending import PENDING_ERRORS, void
from batua.transactions.models import Void
from batua.transactions.reading import seek_transaction
from batua.wallets.models import Moved


@endpoint(
    "POST",
    "/api/v1/transactions/{id}/void",
    caller=user("tenant:admin"),
    request=Void,
    response=Moved,
    errors=PENDING_ERRORS,
    moves_value=True,
    seek=seek_transaction,
    parameters={"id": "The transaction, `txn_…`."},
)
def handler(call: Call[Void]) -> Reply:
    """Void a pending transaction: what it holds goes back."""
    return void(call)
