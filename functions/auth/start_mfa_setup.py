"""GET /api/v1/auth/mfa/setup"""

from batua.api.endpoint import Call, endpoint
from batua.auth import second_factor
from batua.auth.models import MfaSetup
from batua.errors import MFA_ALREADY_ON
from batua.identity.caller import user_caller


@endpoint(
    "GET", "/api/v1/auth/mfa/setup", caller=user_caller(enrolling=True), response=MfaSetup, errors=(MFA_ALREADY_ON,)
)
def handler(call: Call[None]) -> MfaSetup:
    """Get a new authenticator secret and its QR code.

    Asked again, it is another one. It counts once a code of it was verified, within a quarter of an hour.
    """
    return second_factor.start_mfa_setup(call)
