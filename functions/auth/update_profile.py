"""PATCH /api/v1/auth/profile"""

from batua.api.endpoint import Call, endpoint
from batua.auth import account
from batua.auth.models import CurrentUser, ProfileChange
from batua.errors import VERSION_CONFLICT
from batua.identity.caller import user


@endpoint(
    "PATCH",
    "/api/v1/auth/profile",
    caller=user(),
    request=ProfileChange,
    response=CurrentUser,
    errors=(VERSION_CONFLICT,),
)
def handler(call: Call[ProfileChange]) -> CurrentUser:
    """Change one's name or phone number."""
    return account.update_profile(call)
