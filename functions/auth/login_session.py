"""POST /api/v1/auth/session/login"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.auth import sign_in
from batua.auth.models import SessionBegun, SignIn
from batua.errors import BUSY, CSRF_FAILED, INVALID_CREDENTIALS, MFA_CODE_INVALID, MFA_REQUIRED, TOO_MANY_ATTEMPTS
from batua.identity.caller import public_caller


@endpoint(
    "POST",
    "/api/v1/auth/session/login",
    caller=public_caller(),
    request=SignIn,
    response=SessionBegun,
    errors=(INVALID_CREDENTIALS, MFA_REQUIRED, MFA_CODE_INVALID, TOO_MANY_ATTEMPTS, CSRF_FAILED, BUSY),
)
def handler(call: Call[SignIn]) -> Reply:
    """Sign in to a cookie session of twelve hours, for the web page of the same origin.

    Needs a CSRF token of `GET /api/v1/auth/csrf`; the answer holds the one to go on with.
    """
    return sign_in.login_session(call)
