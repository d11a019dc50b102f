"""PATCH /api/v1/auth/profile"""

from batua.api.endpoint import Call, endpoint
from batua.auth import profile
from batua.auth.models import CurrentUser, ProfileChange
from batua.errors import REAUTHENTICATION_REQUIRED, TOO_MANY_ATTEMPTS, VERSION_CONFLICT, WRONG_PASSWORD
from batua.identity.caller import user_caller


@endpoint(
    "PATCH",
    "/api/v1/auth/profile",
    caller=user_caller(),
    request=ProfileChange,
    response=CurrentUser,
    errors=(REAUTHENTICATION_REQUIRED, WRONG_PASSWORD, TOO_MANY_ATTEMPTS, VERSION_CONFLICT),
)
def handler(call: Call[ProfileChange]) -> CurrentUser:
    """Change one's name or phone number."""
    return profile.update_profile(call)
