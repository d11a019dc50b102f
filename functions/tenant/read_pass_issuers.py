"""GET /api/v1/tenant/pass-issuers"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.passes.issuers import PassIssuersOut, read_pass_issuers


@endpoint(
    "GET",
    "/api/v1/tenant/pass-issuers",
    caller=user_caller("platform:admin"),
    response=PassIssuersOut,
)
def handler(call: Call[None]) -> PassIssuersOut:
    """Read the accounts that issue passes for Apple Wallet and Google Wallet. Keys are never shown."""
    return read_pass_issuers(call)
