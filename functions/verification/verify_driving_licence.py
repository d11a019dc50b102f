"""POST /api/v1/tenant/cashfree/verify-dl"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.verification import checks
from batua.verification.models import VerificationOut, VerifyDrivingLicence


@endpoint(
    "POST",
    "/api/v1/tenant/cashfree/verify-dl",
    caller=user_caller("tenant:admin"),
    request=VerifyDrivingLicence,
    response=VerificationOut,
    errors=checks.VERIFICATION_CREATE_ERRORS,
)
def handler(call: Call[VerifyDrivingLicence]) -> Reply:
    """Verify a driving licence.

    Live sessions get this deployment's own check: `level` is `format`, which confirms form and check digits and nothing
    more. Where the operator has an account with Cashfree Secure ID, it decides instead (`provider`).
    """
    return checks.verify_identifier(call, "dl")
