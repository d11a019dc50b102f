"""GET /api/v1/landing/status-check"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Raw, Reply
from batua.errors import SERVICE_UNAVAILABLE
from batua.identity.caller import public_caller
from batua.landing import status
from batua.landing.models import PublicStatus


@endpoint(
    "GET",
    "/api/v1/landing/status-check",
    caller=public_caller(),
    response=PublicStatus,
    errors=[SERVICE_UNAVAILABLE],
    precondition="If-None-Match",
)
def handler(call: Call[None]) -> Reply | Raw:
    """Read the public status: components, incidents and 90 days of history.

    Checked every five minutes. Without a check in the last 20 minutes the status is `unknown`.
    """
    return status.check_public_status(call)
