"""GET /api/v1/prefund/requests"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR
from batua.identity.caller import user
from batua.prefund import reading
from batua.prefund.models import RequestShown, RequestsQuery


@endpoint(
    "GET",
    "/api/v1/prefund/requests",
    caller=user("ledger:read"),
    request=RequestsQuery,
    response=list[RequestShown],
    errors=(INVALID_CURSOR,),
)
def handler(call: Call[RequestsQuery]) -> Reply:
    """List the tenant's prefund requests, newest first.

    The operator's staff see those of all tenants. With filters that few requests fit, a page may hold fewer than
    `limit` and still lead on.
    """
    return reading.list_requests(call)
