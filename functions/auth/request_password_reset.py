"""POST /api/v1/auth/password/reset"""

from batua.api.endpoint import Call, endpoint
from batua.auth import password
from batua.auth.models import Done, PasswordReset
from batua.errors import TOO_MANY_ATTEMPTS
from batua.identity.caller import public_caller


@endpoint(
    "POST",
    "/api/v1/auth/password/reset",
    caller=public_caller(),
    request=PasswordReset,
    response=Done,
    errors=(TOO_MANY_ATTEMPTS,),
)
def handler(call: Call[PasswordReset]) -> Done:
    """Request a link to set a new password.

    The answer is the same whether there is such an account or not.
    """
    return password.request_password_reset(call)
