"""POST /gateway/wallet/api/transactions/filter"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import PRAYOG, Reply
from batua.gateway import transactions
from batua.gateway.models import GatewayTransactionOut, TransactionQuery
from batua.identity.caller import tenant_caller


@endpoint(
    "POST",
    "/gateway/wallet/api/transactions/filter",
    caller=tenant_caller("gateway:read"),
    request=TransactionQuery,
    response=list[GatewayTransactionOut],
    style=PRAYOG,
)
def handler(call: Call[TransactionQuery]) -> Reply:
    """List transactions by filters over them and their charges, sorted and by page.

    A transaction fits when one of its charges fits all charge filters. A range of dates makes the answer quick.
    """
    return transactions.filter_transactions(call)
