"""POST /api/v1/auth/email/resend"""

from batua.api.endpoint import Call, endpoint
from batua.auth import confirmation
from batua.auth.models import Done
from batua.errors import EMAIL_ALREADY_VERIFIED, TOO_MANY_ATTEMPTS
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/auth/email/resend",
    caller=user_caller(enrolling=True),
    response=Done,
    errors=(EMAIL_ALREADY_VERIFIED, TOO_MANY_ATTEMPTS),
)
def handler(call: Call[None]) -> Done:
    """Send the verification email again."""
    return confirmation.resend_verification_email(call)
