"""POST /api/v1/auth/register"""

from batua.api.endpoint import Call, Success, endpoint
from batua.auth import registration
from batua.auth.models import Done, Register
from batua.errors import REGISTRATION_DISABLED, SERVICE_UNAVAILABLE, TOO_MANY_ATTEMPTS
from batua.identity.caller import public_caller


@endpoint(
    "POST",
    "/api/v1/auth/register",
    caller=public_caller(require_offered=registration.require_open_registration),
    request=Register,
    response=Success(Done, status=202),
    errors=(REGISTRATION_DISABLED, TOO_MANY_ATTEMPTS, SERVICE_UNAVAILABLE),
)
def handler(call: Call[Register]) -> Done:
    """Register a new tenant, if the deployment allows it.

    An address that has an account already gets the same answer, and a mail that says so.
    """
    return registration.register(call)
