"""POST /api/v1/tenant/cashfree/verify-gstin"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.verification import checks
from batua.verification.models import VerificationOut, VerifyGstin


@endpoint(
    "POST",
    "/api/v1/tenant/cashfree/verify-gstin",
    caller=user_caller("tenant:admin"),
    request=VerifyGstin,
    response=VerificationOut,
    errors=checks.VERIFICATION_CREATE_ERRORS,
)
def handler(call: Call[VerifyGstin]) -> Reply:
    """Verify a GSTIN.

    Live sessions get this deployment's own check: `level` is `format`, which confirms form and check digits and nothing
    more. Where the operator has an account with Cashfree Secure ID, it decides instead (`provider`).
    """
    return checks.verify_identifier(call, "gstin")
