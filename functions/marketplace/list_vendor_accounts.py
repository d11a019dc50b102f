"""GET /api/v1/marketplace/vendors"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.marketplace.vendor_accounts import VendorAccountOut, list_vendor_accounts


@endpoint(
    "GET",
    "/api/v1/marketplace/vendors",
    caller=user_caller("tenant:admin"),
    response=list[VendorAccountOut],
)
def handler(call: Call[None]) -> list[VendorAccountOut]:
    """List the tenant's accounts with vendors of gift cards. Credentials are not shown."""
    return list_vendor_accounts(call)
