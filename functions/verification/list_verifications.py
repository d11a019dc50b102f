"""GET /api/v1/tenant/cashfree"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR
from batua.identity.caller import user_caller
from batua.verification import checks
from batua.verification.models import VerificationOut, VerificationsQuery


@endpoint(
    "GET",
    "/api/v1/tenant/cashfree",
    caller=user_caller("tenant:admin"),
    request=VerificationsQuery,
    response=list[VerificationOut],
    errors=(INVALID_CURSOR,),
)
def handler(call: Call[VerificationsQuery]) -> Reply:
    """List the tenant's checks, the newest first."""
    return checks.list_verifications(call)
