"""POST /api/v1/auth/logout"""

from batua.api.endpoint import Call, endpoint
from batua.auth import refresh
from batua.auth.models import Done
from batua.identity.caller import user_caller


@endpoint("POST", "/api/v1/auth/logout", caller=user_caller(enrolling=True), response=Done)
def handler(call: Call[None]) -> Done:
    """Sign out: the session's access and refresh tokens end at once."""
    return refresh.logout(call)
