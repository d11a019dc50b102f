"""GET /api/v1/auth/mfa/status"""

from batua.api.endpoint import Call, endpoint
from batua.auth import second_factor
from batua.auth.models import MfaStatus
from batua.identity.caller import user_caller


@endpoint("GET", "/api/v1/auth/mfa/status", caller=user_caller(enrolling=True), response=MfaStatus)
def handler(call: Call[None]) -> MfaStatus:
    """Read whether the second factor is on, and how many recovery codes are left."""
    return second_factor.read_mfa_status(call)
