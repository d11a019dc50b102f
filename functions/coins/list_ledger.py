"""GET /api/v1/merchant/ledger"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Raw, Reply
from batua.coins import listing
from batua.coins.listing import LedgerLine, LedgerQuery
from batua.errors import INVALID_CURSOR
from batua.identity.caller import key


@endpoint(
    "GET",
    "/api/v1/merchant/ledger",
    caller=key("ledger:read"),
    request=LedgerQuery,
    response=list[LedgerLine],
    errors=(INVALID_CURSOR,),
    media=("application/json", "text/csv"),
)
def handler(call: Call[LedgerQuery]) -> Reply | Raw:
    """List the merchant's transactions, newest first, by customer, time, type or reference.

    With `Accept: text/csv` (or `format=csv`) as CSV; the next page's cursor is then in the header `X-Next-Cursor`.
    """
    return listing.list_ledger(call)
