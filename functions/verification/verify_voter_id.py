"""POST /api/v1/tenant/cashfree/verify-voter-id"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.verification import checks
from batua.verification.models import VerificationOut, VerifyVoterId


@endpoint(
    "POST",
    "/api/v1/tenant/cashfree/verify-voter-id",
    caller=user_caller("tenant:admin"),
    request=VerifyVoterId,
    response=VerificationOut,
    errors=checks.VERIFICATION_CREATE_ERRORS,
)
def handler(call: Call[VerifyVoterId]) -> Reply:
    """Verify a voter's card.

    Live sessions get this deployment's own check: `level` is `format`, which confirms form and check digits and nothing
    more. Where the operator has an account with Cashfree Secure ID, it decides instead (`provider`).
    """
    return checks.verify_identifier(call, "voter_id")
