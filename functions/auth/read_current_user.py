"""GET /api/v1/auth/me"""

from batua.api.endpoint import Call, endpoint
from batua.auth import account
from batua.auth.models import CurrentUser
from batua.identity.caller import user_caller


@endpoint("GET", "/api/v1/auth/me", caller=user_caller(enrolling=True), response=CurrentUser)
def handler(call: Call[None]) -> CurrentUser:
    """Read the signed-in user with tenant, roles, permissions and features."""
    return account.read_current_user(call)
