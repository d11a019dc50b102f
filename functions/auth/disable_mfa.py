"""POST /api/v1/auth/mfa/disable"""

from batua.api.endpoint import Call, endpoint
from batua.auth import second_factor
from batua.auth.models import Done, MfaDisable
from batua.errors import MFA_NOT_ON, MFA_OBLIGATORY, TOO_MANY_ATTEMPTS, VERSION_CONFLICT, WRONG_CODE, WRONG_PASSWORD
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/auth/mfa/disable",
    caller=user_caller(enrolling=True),
    request=MfaDisable,
    response=Done,
    errors=(MFA_NOT_ON, MFA_OBLIGATORY, WRONG_PASSWORD, WRONG_CODE, TOO_MANY_ATTEMPTS, VERSION_CONFLICT),
)
def handler(call: Call[MfaDisable]) -> Done:
    """Turn the second factor off, with the password and a code."""
    return second_factor.disable_mfa(call)
