"""POST /api/v1/auth/reauthenticate"""

from batua.api.endpoint import Call, endpoint
from batua.auth import reauthentication
from batua.auth.models import ProofIssued, Reauthentication
from batua.errors import MFA_NOT_ON, TOO_MANY_ATTEMPTS, VERSION_CONFLICT, WRONG_CODE, WRONG_PASSWORD
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/auth/reauthenticate",
    caller=user_caller(enrolling=True),
    request=Reauthentication,
    response=ProofIssued,
    errors=(WRONG_PASSWORD, WRONG_CODE, MFA_NOT_ON, TOO_MANY_ATTEMPTS, VERSION_CONFLICT),
)
def handler(call: Call[Reauthentication]) -> ProofIssued:
    """Confirm your identity again, with your password or a code from the second factor.

    The proof goes into the X-Reauthentication header of requests that answer `reauthentication_required`. It belongs to
    this session and lasts five minutes.
    """
    return reauthentication.reauthenticate(call)
