"""POST /api/v1/tenant/cashfree/verify-upi"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.verification import checks
from batua.verification.models import VerificationOut, VerifyUpi


@endpoint(
    "POST",
    "/api/v1/tenant/cashfree/verify-upi",
    caller=user_caller("tenant:admin"),
    request=VerifyUpi,
    response=VerificationOut,
    errors=checks.VERIFICATION_CREATE_ERRORS,
)
def handler(call: Call[VerifyUpi]) -> Reply:
    """Verify a UPI address.

    Live sessions get this deployment's own check: `level` is `format`, which confirms form and check digits and nothing
    more. Where the operator has an account with Cashfree Secure ID, it decides instead (`provider`).
    """
    return checks.verify_identifier(call, "upi")
