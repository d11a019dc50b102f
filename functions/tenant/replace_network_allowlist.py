"""PUT /api/v1/tenant/network-allowlist"""

from batua.api.endpoint import Call, endpoint
from batua.errors import VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.tenants import allowlist
from batua.tenants.allowlist import Allowlist, ProposeNetworks


@endpoint(
    "PUT",
    "/api/v1/tenant/network-allowlist",
    caller=user_caller("tenant:admin", step_up=True, live_only=True),
    request=ProposeNetworks,
    response=Allowlist,
    errors=(VERSION_CONFLICT,),
)
def handler(call: Call[ProposeNetworks]) -> Allowlist:
    """Propose the networks (CIDR, IPv4 or IPv6) from which live keys may be used.

    A super admin approves them; until then, what was approved before stays in force.
    """
    return allowlist.propose_networks(call)
