"""POST /api/v1/auth/session/logout"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.auth import refresh
from batua.auth.models import Done
from batua.errors import CSRF_FAILED, VERSION_CONFLICT
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/auth/session/logout",
    caller=user_caller(enrolling=True),
    response=Done,
    errors=(CSRF_FAILED, VERSION_CONFLICT),
)
def handler(call: Call[None]) -> Reply:
    """Sign out of the cookie session."""
    return refresh.logout_session(call)
