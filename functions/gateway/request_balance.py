"""POST /gateway/wallet/api/balance-request"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import PRAYOG, Reply
from batua.gateway import requests
from batua.gateway.models import BalanceRequestOut, RequestBalance
from batua.identity.caller import tenant_caller


@endpoint(
    "POST",
    "/gateway/wallet/api/balance-request",
    caller=tenant_caller("gateway:write"),
    request=RequestBalance,
    response=BalanceRequestOut,
    errors=requests.REQUEST_ERRORS,
    style=PRAYOG,
)
def handler(call: Call[RequestBalance]) -> Reply:
    """Ask the parent tenant for balance.

    The parent approves, wholly or in part, or rejects; what it does not decide in time expires. With an
    `Idempotency-Key` the same request again is the same request.
    """
    return requests.request_balance(call)
