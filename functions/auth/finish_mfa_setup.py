"""POST /api/v1/auth/mfa/setup/verify"""

from batua.api.endpoint import Call, endpoint
from batua.auth import second_factor
from batua.auth.models import MfaCode, RecoveryCodes
from batua.errors import (
    MFA_ALREADY_ON,
    MFA_NOT_STARTED,
    REAUTHENTICATION_REQUIRED,
    TOO_MANY_ATTEMPTS,
    VERSION_CONFLICT,
    WRONG_CODE,
    WRONG_PASSWORD,
)
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/auth/mfa/setup/verify",
    caller=user_caller(enrolling=True),
    request=MfaCode,
    response=RecoveryCodes,
    errors=(
        MFA_ALREADY_ON,
        MFA_NOT_STARTED,
        WRONG_CODE,
        WRONG_PASSWORD,
        REAUTHENTICATION_REQUIRED,
        TOO_MANY_ATTEMPTS,
        VERSION_CONFLICT,
    ),
)
def handler(call: Call[MfaCode]) -> RecoveryCodes:
    """Turn the second factor on with a code from the authenticator; the response has the recovery codes.

    All other sessions end.
    """
    return second_factor.finish_mfa_setup(call)
