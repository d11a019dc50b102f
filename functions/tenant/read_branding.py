"""GET /api/v1/tenant/branding"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.tenants import branding
from batua.tenants.branding import BrandingOut


@endpoint(
    "GET",
    "/api/v1/tenant/branding",
    caller=user_caller(enrolling=True),
    response=BrandingOut,
)
def handler(call: Call[None]) -> BrandingOut:
    """Read the logo, colours and email footer."""
    return branding.read_branding(call)
