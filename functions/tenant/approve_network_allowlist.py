"""POST /api/v1/tenant/network-allowlist/approve"""

from batua.api.endpoint import Call, endpoint
from batua.errors import NOT_FOUND, NOTHING_PROPOSED, VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.tenants import allowlist
from batua.tenants.allowlist import Allowlist, ApproveNetworks


@endpoint(
    "POST",
    "/api/v1/tenant/network-allowlist/approve",
    caller=user_caller("platform:admin", step_up=True, live_only=True),
    request=ApproveNetworks,
    response=Allowlist,
    errors=(NOT_FOUND, NOTHING_PROPOSED, VERSION_CONFLICT),
)
def handler(call: Call[ApproveNetworks]) -> Allowlist:
    """Approve a tenant's proposed networks. They take effect with its next request."""
    return allowlist.approve_networks(call)
