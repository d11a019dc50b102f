"""GET /api/v1/tenant/network-allowlist"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.tenants import allowlist
from batua.tenants.allowlist import Allowlist


@endpoint(
    "GET",
    "/api/v1/tenant/network-allowlist",
    caller=user_caller("tenant:admin"),
    response=Allowlist,
)
def handler(call: Call[None]) -> Allowlist:
    """Read the networks from which live keys may be used, and the proposal that waits for approval."""
    return allowlist.read_allowlist(call)
