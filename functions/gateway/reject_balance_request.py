"""PUT /gateway/wallet/api/balance-requests/{requestId}/reject"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import PRAYOG, Reply
from batua.gateway import decisions
from batua.gateway.models import Reject, RequestShown
from batua.identity.caller import tenant


@endpoint(
    "PUT",
    "/gateway/wallet/api/balance-requests/{requestId}/reject",
    caller=tenant("gateway:write"),
    request=Reject,
    response=RequestShown,
    errors=decisions.ERRORS,
    style=PRAYOG,
    seek=decisions.seek_request,
    parameters={"requestId": "The balance request, `breq_…`."},
)
def handler(call: Call[Reject]) -> Reply:
    """Reject a balance request, with a reason: for the parent only."""
    return decisions.reject(call)
