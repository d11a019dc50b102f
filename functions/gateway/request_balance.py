"""POST /gateway/wallet/api/balance-request"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import PRAYOG, Reply
from batua.gateway import requests
from batua.gateway.models import RequestBalance, RequestShown
from batua.identity.caller import tenant


@endpoint(
    "POST",
    "/gateway/wallet/api/balance-request",
    caller=tenant("gateway:write"),
    request=RequestBalance,
    response=RequestShown,
    errors=requests.ERRORS,
    style=PRAYOG,
)
def handler(call: Call[RequestBalance]) -> Reply:
    """Ask the parent tenant for balance.

    The parent approves, wholly or in part, or rejects; what it does not decide in time expires. With an
    `Idempotency-Key` the same request again is the same request.
    """
    return requests.ask(call)
