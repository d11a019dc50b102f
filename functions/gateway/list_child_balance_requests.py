"""GET /gateway/wallet/api/child-balance-requests"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import PRAYOG, Reply
from batua.gateway import requests
from batua.gateway.models import BalanceRequestOut, ChildRequestsQuery
from batua.identity.caller import tenant_caller


@endpoint(
    "GET",
    "/gateway/wallet/api/child-balance-requests",
    caller=tenant_caller("gateway:read"),
    request=ChildRequestsQuery,
    response=list[BalanceRequestOut],
    style=PRAYOG,
)
def handler(call: Call[ChildRequestsQuery]) -> Reply:
    """List the balance requests that this tenant's children made, the newest first."""
    return requests.list_children(call)
