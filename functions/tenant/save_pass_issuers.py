"""PUT /api/v1/tenant/pass-issuers"""

from batua.api.endpoint import Call, endpoint
from batua.errors import VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.passes.issuers import PassIssuersOut, SavePassIssuers, save_pass_issuers


@endpoint(
    "PUT",
    "/api/v1/tenant/pass-issuers",
    caller=user_caller("platform:admin", step_up=True, live_only=True),
    request=SavePassIssuers,
    response=PassIssuersOut,
    errors=(VERSION_CONFLICT,),
)
def handler(call: Call[SavePassIssuers]) -> PassIssuersOut:
    """Save the Apple and Google accounts that issue passes for all merchants' customers.

    Certificates are checked as they are saved, and sealed. The operator's administrators are notified by email.
    """
    return save_pass_issuers(call)
