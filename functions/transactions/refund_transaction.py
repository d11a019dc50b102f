"""POST /api/v1/transactions/{id}/refund"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user
from batua.transactions.ending import REFUND_ERRORS, refund
from batua.transactions.models import Refund
from batua.transactions.reading import seek_transaction
from batua.wallets.models import Moved


@endpoint(
    "POST",
    "/api/v1/transactions/{id}/refund",
    caller=user("tenant:admin"),
    request=Refund,
    response=Moved,
    errors=REFUND_ERRORS,
    moves_value=True,
    seek=seek_transaction,
    parameters={"id": "The transaction, `txn_…`."},
)
def handler(call: Call[Refund]) -> Reply:
    """Refund a transaction, the rest of it or a part; all refunds together never exceed it."""
    return refund(call)
