"""PUT /api/v1/tenant/cashfree/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.verification import checks
from batua.verification.models import SubmitVerification, VerificationOut


@endpoint(
    "PUT",
    "/api/v1/tenant/cashfree/{id}",
    caller=user_caller("tenant:admin"),
    request=SubmitVerification,
    response=VerificationOut,
    errors=checks.VERIFICATION_CHANGE_ERRORS,
    prefetch=checks.prefetch_verification,
    parameters={"id": "The check, `vrf_…`."},
)
def handler(call: Call[SubmitVerification]) -> VerificationOut:
    """Replace a draft, and submit it unless `submit` is false."""
    return checks.replace_verification(call)
