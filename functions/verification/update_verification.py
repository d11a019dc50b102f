"""PATCH /api/v1/tenant/cashfree/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.verification import checks
from batua.verification.models import UpdateVerification, VerificationOut


@endpoint(
    "PATCH",
    "/api/v1/tenant/cashfree/{id}",
    caller=user_caller("tenant:admin"),
    request=UpdateVerification,
    response=VerificationOut,
    errors=checks.VERIFICATION_CHANGE_ERRORS,
    prefetch=checks.prefetch_verification,
    parameters={"id": "The check, `vrf_…`."},
)
def handler(call: Call[UpdateVerification]) -> VerificationOut:
    """Change parts of a draft, or submit it."""
    return checks.update_verification(call)
