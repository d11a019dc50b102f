"""GET /gateway/wallet/api/my-balance-requests"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import PRAYOG, Reply
from batua.gateway import requests
from batua.gateway.models import BalanceRequestOut, BalanceRequestsQuery
from batua.identity.caller import tenant_caller


@endpoint(
    "GET",
    "/gateway/wallet/api/my-balance-requests",
    caller=tenant_caller("gateway:read"),
    request=BalanceRequestsQuery,
    response=list[BalanceRequestOut],
    style=PRAYOG,
)
def handler(call: Call[BalanceRequestsQuery]) -> Reply:
    """List the balance requests that this tenant made, the newest first."""
    return requests.list_own(call)
