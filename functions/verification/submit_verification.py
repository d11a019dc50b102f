"""POST /api/v1/tenant/cashfree"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.verification import checks
from batua.verification.models import SubmitVerification, VerificationOut


@endpoint(
    "POST",
    "/api/v1/tenant/cashfree",
    caller=user_caller("tenant:admin"),
    request=SubmitVerification,
    response=Success(VerificationOut, status=201),
    errors=checks.VERIFICATION_CREATE_ERRORS,
)
def handler(call: Call[SubmitVerification]) -> Reply:
    """Submit a check, or save it as a draft with `submit: false`.

    A draft keeps its details encrypted until it is submitted, withdrawn or 30 days old.
    """
    return checks.submit_verification(call)
