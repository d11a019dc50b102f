"""POST /api/v1/auth/otp/request"""

from batua.api.endpoint import Call, endpoint
from batua.auth import confirmation
from batua.auth.models import OtpRequest, OtpSent
from batua.errors import PHONE_MISSING, TOO_MANY_ATTEMPTS
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/auth/otp/request",
    caller=user_caller(),
    request=OtpRequest,
    response=OtpSent,
    errors=(PHONE_MISSING, TOO_MANY_ATTEMPTS),
)
def handler(call: Call[OtpRequest]) -> OtpSent:
    """Get a one-time code by mail or text message, for a step that asks for one.

    Six digits, good for five minutes and five tries, for this purpose and this thing alone.
    """
    return confirmation.request_otp(call)
