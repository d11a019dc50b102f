"""POST /api/v1/auth/password/change"""

from batua.api.endpoint import Call, endpoint
from batua.auth import password
from batua.auth.models import Done, PasswordChange
from batua.errors import TOO_MANY_ATTEMPTS, VERSION_CONFLICT, WRONG_PASSWORD
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/auth/password/change",
    caller=user_caller(enrolling=True),
    request=PasswordChange,
    response=Done,
    errors=(WRONG_PASSWORD, TOO_MANY_ATTEMPTS, VERSION_CONFLICT),
)
def handler(call: Call[PasswordChange]) -> Done:
    """Change your password. All other sessions end."""
    return password.change_password(call)
