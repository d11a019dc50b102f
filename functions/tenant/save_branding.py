"""POST /api/v1/tenant/branding"""

from batua.api.endpoint import Call, endpoint
from batua.errors import DOCUMENT_UNFIT, NOT_FOUND, VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.tenants import branding
from batua.tenants.branding import BrandingOut, SaveBranding


@endpoint(
    "POST",
    "/api/v1/tenant/branding",
    caller=user_caller("tenant:admin", live_only=True),
    request=SaveBranding,
    response=BrandingOut,
    errors=(NOT_FOUND, DOCUMENT_UNFIT, VERSION_CONFLICT),
)
def handler(call: Call[SaveBranding]) -> BrandingOut:
    """Save the branding. Fields left out return to their defaults.

    The logo is a document of the tenant: register it, upload it, and name it here.
    """
    return branding.save_branding(call)
