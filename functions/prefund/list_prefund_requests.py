"""GET /api/v1/prefund/requests"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR
from batua.identity.caller import user_caller
from batua.prefund import queries
from batua.prefund.models import PrefundOut, PrefundsQuery


@endpoint(
    "GET",
    "/api/v1/prefund/requests",
    caller=user_caller("ledger:read"),
    request=PrefundsQuery,
    response=list[PrefundOut],
    errors=(INVALID_CURSOR,),
)
def handler(call: Call[PrefundsQuery]) -> Reply:
    """List the tenant's prefund requests, newest first.

    The operator's staff see those of all tenants. With filters that few requests fit, a page may hold fewer than
    `limit` and still lead on.
    """
    return queries.list_prefunds(call)
