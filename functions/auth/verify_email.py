"""POST /api/v1/auth/email/verify"""

from batua.api.endpoint import Call, endpoint
from batua.auth import confirmation
from batua.auth.models import Done, EmailToken
from batua.errors import LINK_INVALID, VERSION_CONFLICT
from batua.identity.caller import public_caller


@endpoint(
    "POST",
    "/api/v1/auth/email/verify",
    caller=public_caller(),
    request=EmailToken,
    response=Done,
    errors=(LINK_INVALID, VERSION_CONFLICT),
)
def handler(call: Call[EmailToken]) -> Done:
    """Verify an email address with the token from its link."""
    return confirmation.verify_email(call)
