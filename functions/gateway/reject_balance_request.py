"""PUT /gateway/wallet/api/balance-requests/{requestId}/reject"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import PRAYOG, Reply
from batua.gateway import decisions
from batua.gateway.models import BalanceRequestOut, Reject
from batua.identity.caller import tenant_caller


@endpoint(
    "PUT",
    "/gateway/wallet/api/balance-requests/{requestId}/reject",
    caller=tenant_caller("gateway:write", step_up=True),
    request=Reject,
    response=BalanceRequestOut,
    errors=decisions.DECISION_ERRORS,
    style=PRAYOG,
    prefetch=decisions.prefetch_balance_request,
    parameters={"requestId": "The balance request, `breq_…`."},
)
def handler(call: Call[Reject]) -> Reply:
    """Reject a balance request, with a reason: for the parent only."""
    return decisions.reject_request(call)
