"""GET /api/v1/merchant/ledger"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Raw, Reply
from batua.coins import ledger_list
from batua.coins.ledger_list import LedgerQuery, ListedLine, prefetch_ledger
from batua.errors import INVALID_CURSOR
from batua.identity.caller import key_caller


@endpoint(
    "GET",
    "/api/v1/merchant/ledger",
    caller=key_caller("ledger:read"),
    request=LedgerQuery,
    response=Success(list[ListedLine], media=("application/json", "text/csv")),
    errors=(INVALID_CURSOR,),
    prefetch=prefetch_ledger,
)
def handler(call: Call[LedgerQuery]) -> Reply | Raw:
    """List the merchant's transactions, newest first, by customer, time, type or reference.

    With `Accept: text/csv` (or `format=csv`) as CSV; the next page's cursor is then in the header `X-Next-Cursor`.
    """
    return ledger_list.list_ledger(call)
