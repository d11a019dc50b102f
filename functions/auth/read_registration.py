"""GET /api/v1/auth/register"""

from batua.api.endpoint import Call, endpoint
from batua.auth import registration
from batua.auth.models import RegistrationState
from batua.identity.caller import public_caller


@endpoint("GET", "/api/v1/auth/register", caller=public_caller(), response=RegistrationState)
def handler(call: Call[None]) -> RegistrationState:
    """Read whether people can register without an invitation."""
    return registration.read_registration()
