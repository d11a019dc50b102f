"""POST /api/v1/auth/token"""

from batua.api.endpoint import Call, endpoint
from batua.auth import sign_in
from batua.auth.models import SignIn, TokensIssued
from batua.errors import BUSY, INVALID_CREDENTIALS, MFA_CODE_INVALID, MFA_REQUIRED, TOO_MANY_ATTEMPTS
from batua.identity.caller import public_caller


@endpoint(
    "POST",
    "/api/v1/auth/token",
    caller=public_caller(),
    request=SignIn,
    response=TokensIssued,
    errors=(INVALID_CREDENTIALS, MFA_REQUIRED, MFA_CODE_INVALID, TOO_MANY_ATTEMPTS, BUSY),
)
def handler(call: Call[SignIn]) -> TokensIssued:
    """Sign in with user name and password: an access token of 15 minutes, and a refresh token.

    Where the account has a second factor on, `mfa_code` is required too: a code of the authenticator, or a recovery
    code. Failed attempts are followed by growing delays; a `device_token` of an earlier sign-in keeps its device out of
    the delays that others cause.
    """
    return sign_in.obtain_token(call)
