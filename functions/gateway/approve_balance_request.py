"""PUT /gateway/wallet/api/balance-requests/{requestId}/approve"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import PRAYOG, Reply
from batua.gateway import decisions
from batua.gateway.models import Approve, BalanceRequestOut
from batua.identity.caller import tenant_caller


@endpoint(
    "PUT",
    "/gateway/wallet/api/balance-requests/{requestId}/approve",
    caller=tenant_caller("gateway:write", step_up=True),
    request=Approve,
    response=BalanceRequestOut,
    errors=decisions.APPROVE_ERRORS,
    style=PRAYOG,
    moves_value=True,
    prefetch=decisions.prefetch_balance_request,
    parameters={"requestId": "The balance request, `breq_…`."},
)
def handler(call: Call[Approve]) -> Reply:
    """Approve a balance request, wholly or in part: for the parent only.

    The amount is held at once and moved to the child by the workflow. Where the balance is too small, nothing changes.
    """
    return decisions.approve_request(call)
