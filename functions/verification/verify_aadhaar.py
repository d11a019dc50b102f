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
    """Verify an Aadhaar card: by DigiLocker, or its number with a one-time code where one is sent.

    Where the operator has an account with Cashfree Secure ID, the consent begins a live check, and the person goes on
    at `continue_url`. Without one, a live session gets form and check digit of the number alone (`level` is `format`).
    In the sandbox a second call takes the code. The number is never stored.
    """
    return people.verify_aadhaar(call)
