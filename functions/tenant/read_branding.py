"""GET /api/v1/tenant/branding"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user
from batua.tenants import branding
from batua.tenants.branding import Branding


@endpoint(
    "GET",
    "/api/v1/tenant/branding",
    caller=user(),
    response=Branding,
)
def handler(call: Call[None]) -> Branding:
    """Read the logo, colours and e-mail footer."""
    return branding.read_branding(call)
