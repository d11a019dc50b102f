"""GET /gateway/wallet/api/balance-requests/{requestId}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import PRAYOG, Reply
from batua.errors import BALANCE_REQUEST_NOT_FOUND
from batua.gateway import requests
from batua.gateway.models import BalanceRequestOut
from batua.identity.caller import tenant_caller


@endpoint(
    "GET",
    "/gateway/wallet/api/balance-requests/{requestId}",
    caller=tenant_caller("gateway:read"),
    response=BalanceRequestOut,
    errors=(BALANCE_REQUEST_NOT_FOUND,),
    style=PRAYOG,
    parameters={"requestId": "The balance request, `breq_…`."},
)
def handler(call: Call[None]) -> Reply:
    """Read one balance request: for the tenant that made it, and for the parent that decides it."""
    return requests.read_request(call)
