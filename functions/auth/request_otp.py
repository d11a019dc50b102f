"""POST /api/v1/auth/otp/request"""

from batua.api.endpoint import Call, endpoint
from batua.auth import confirmation
from batua.auth.models import OtpRequest, OtpSent
from batua.errors import PHONE_MISSING, TOO_MANY_ATTEMPTS
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/auth/otp/request",
    caller=user_caller(enrolling=True),
    request=OtpRequest,
    response=OtpSent,
    errors=(PHONE_MISSING, TOO_MANY_ATTEMPTS),
)
def handler(call: Call[OtpRequest]) -> OtpSent:
    """Get a one-time code by email to delete the account without its password.

    Six digits that last five minutes and allow five tries. Codes for other purposes come from the routes of their
    purposes.
    """
    return confirmation.request_otp(call)
