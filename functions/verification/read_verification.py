"""GET /api/v1/tenant/cashfree/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.verification import checks
from batua.verification.models import VerificationOut


@endpoint(
    "GET",
    "/api/v1/tenant/cashfree/{id}",
    caller=user_caller("tenant:admin"),
    response=VerificationOut,
    errors=checks.VERIFICATION_FOUND_ERRORS,
    prefetch=checks.prefetch_verification,
    parameters={"id": "The check, `vrf_…`."},
)
def handler(call: Call[None]) -> VerificationOut:
    """Read a check. Each read is recorded in the audit trail."""
    return checks.read_verification(call)
