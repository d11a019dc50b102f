"""GET /api/v1/tenant/cashfree/open"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.verification.open_checks import OpenVerificationOut, list_open_verifications


@endpoint(
    "GET",
    "/api/v1/tenant/cashfree/open",
    caller=user_caller("platform:review"),
    response=list[OpenVerificationOut],
)
def handler(call: Call[None]) -> Reply:
    """List the checks of all tenants that await the provider, those due first at the top. Identifiers are not shown.

    `meta.more` is true where there are more than the hundred that are listed.
    """
    return list_open_verifications(call)
