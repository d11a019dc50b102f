"""POST /gateway/wallet/api/transactions/filter"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import PRAYOG, Raw, Reply
from batua.gateway import transactions
from batua.gateway.models import GatewayTransactionOut, TransactionQuery
from batua.identity.caller import tenant_caller


@endpoint(
    "POST",
    "/gateway/wallet/api/transactions/filter",
    caller=tenant_caller("gateway:read"),
    request=TransactionQuery,
    response=Success(list[GatewayTransactionOut], media=("application/json", "text/csv")),
    style=PRAYOG,
)
def handler(call: Call[TransactionQuery]) -> Reply | Raw:
    """List transactions, filtered by their fields and charges, sorted and paged.

    A transaction fits when one of its charges fits all charge filters. A range of dates makes the answer quick.

    With `Accept: text/csv` (or `format`: `csv`) as CSV, a row for each charge; `X-Next-Page` is then set where more
    follow.
    """
    return transactions.filter_transactions(call)
