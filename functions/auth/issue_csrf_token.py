"""GET /api/v1/auth/csrf"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.auth import sign_in
from batua.auth.models import CsrfToken
from batua.identity.caller import public_caller


@endpoint("GET", "/api/v1/auth/csrf", caller=public_caller(), response=CsrfToken)
def handler(call: Call[None]) -> Reply:
    """Get a CSRF token for the cookie session, or for signing in to one.

    Send it as `X-CSRFToken` with every POST, PUT, PATCH and DELETE that a cookie session signs.
    """
    return sign_in.issue_csrf_token(call)
