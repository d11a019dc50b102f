"""PUT /gateway/wallet/api/balance-requests/{requestId}/withdraw"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import PRAYOG, Reply
from batua.gateway import decisions
from batua.gateway.models import BalanceRequestOut, Withdraw
from batua.identity.caller import tenant_caller


@endpoint(
    "PUT",
    "/gateway/wallet/api/balance-requests/{requestId}/withdraw",
    caller=tenant_caller("gateway:write"),
    request=Withdraw,
    response=BalanceRequestOut,
    errors=decisions.DECISION_ERRORS,
    style=PRAYOG,
    parameters={"requestId": "The balance request, `breq_…`."},
)
def handler(call: Call[Withdraw]) -> Reply:
    """Withdraw a balance request that the parent has not decided: for the tenant that made it only.

    With an `Idempotency-Key` the same withdrawal again gets the same answer.
    """
    return decisions.withdraw_request(call)
