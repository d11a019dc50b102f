"""POST /api/v1/tenant/cashfree/verify-aadhaar"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.verification import people
from batua.verification.models import VerificationOut, VerifyAadhaar


@endpoint(
    "POST",
    "/api/v1/tenant/cashfree/verify-aadhaar",
    caller=user_caller("tenant:admin"),
    request=VerifyAadhaar,
    response=VerificationOut,
    errors=people.AADHAAR_ERRORS,
    prefetch=people.prefetch_aadhaar,
)
def handler(call: Call[VerifyAadhaar]) -> Reply:
    """Verify an Aadhaar number, with a one-time code where one is sent.

    The first call takes the number and the consent. In the sandbox it answers `pending`, and a second call takes the
    code. A live session gets form and check digit alone (`level` is `format`). The number is never stored.
    """
    return people.verify_aadhaar(call)
