"""DELETE /api/v1/tenant/cashfree/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.verification import checks
from batua.verification.models import VerificationOut


@endpoint(
    "DELETE",
    "/api/v1/tenant/cashfree/{id}",
    caller=user_caller("tenant:admin"),
    response=VerificationOut,
    errors=checks.VERIFICATION_CHANGE_ERRORS,
    prefetch=checks.prefetch_verification,
    parameters={"id": "The check, `vrf_…`."},
)
def handler(call: Call[None]) -> VerificationOut:
    """Withdraw a draft or a pending check."""
    return checks.withdraw_verification(call)
