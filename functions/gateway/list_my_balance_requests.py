"""GET /gateway/wallet/api/my-balance-requests"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import PRAYOG, Reply
from batua.gateway import requests
from batua.gateway.models import RequestShown, RequestsQuery
from batua.identity.caller import tenant


@endpoint(
    "GET",
    "/gateway/wallet/api/my-balance-requests",
    caller=tenant("gateway:read"),
    request=RequestsQuery,
    response=list[RequestShown],
    style=PRAYOG,
)
def handler(call: Call[RequestsQuery]) -> Reply:
    """List the balance requests that this tenant made, the newest first."""
    return requests.list_own(call)
