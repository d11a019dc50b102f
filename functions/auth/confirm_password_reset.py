"""POST /api/v1/auth/password/reset/confirm"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.auth import password
from batua.auth.models import PasswordSet, PasswordSetConfirm
from batua.errors import LINK_INVALID, VERSION_CONFLICT
from batua.identity.caller import public_caller


@endpoint(
    "POST",
    "/api/v1/auth/password/reset/confirm",
    caller=public_caller(),
    request=PasswordSetConfirm,
    response=PasswordSet,
    errors=(LINK_INVALID, VERSION_CONFLICT),
)
def handler(call: Call[PasswordSetConfirm]) -> Reply:
    """Set a new password with the token from the link. All sessions end; the second factor stays."""
    return password.confirm_password_reset(call)
