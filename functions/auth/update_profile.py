"""PATCH /api/v1/auth/profile"""

from batua.api.endpoint import Call, endpoint
from batua.auth import profile
from batua.auth.models import ProfileChange, ProfileSaved
from batua.errors import (
    OTP_INVALID,
    PHONE_MISSING,
    REAUTHENTICATION_REQUIRED,
    TOO_MANY_ATTEMPTS,
    VERSION_CONFLICT,
    WRONG_PASSWORD,
)
from batua.identity.caller import user_caller


@endpoint(
    "PATCH",
    "/api/v1/auth/profile",
    caller=user_caller(enrolling=True),
    request=ProfileChange,
    response=ProfileSaved,
    errors=(REAUTHENTICATION_REQUIRED, WRONG_PASSWORD, OTP_INVALID, PHONE_MISSING, TOO_MANY_ATTEMPTS, VERSION_CONFLICT),
)
def handler(call: Call[ProfileChange]) -> ProfileSaved:
    """Change your name or phone number.

    A new phone number is saved in two steps. The first needs a proof of identity (`password`, or X-Reauthentication)
    and sends a code to the new number; the second is the same request with `otp_id` and `otp_code`.
    """
    return profile.update_profile(call)
