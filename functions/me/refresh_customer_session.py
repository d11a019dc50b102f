"""POST /api/v1/me/session/refresh"""

from batua import errors
from batua.api.endpoint import Call, endpoint
from batua.identity.caller import public_caller
from batua.me.refresh import refresh_customer_session
from batua.me.session_models import CustomerTokens, RefreshCustomer


@endpoint(
    "POST",
    "/api/v1/me/session/refresh",
    caller=public_caller(),
    request=RefreshCustomer,
    response=CustomerTokens,
    errors=(
        errors.UNAUTHENTICATED,
        errors.REFRESH_IN_PROGRESS,
    ),
)
def handler(call: Call[RefreshCustomer]) -> CustomerTokens:
    """Refresh an app's tokens. Each refresh token can be used once; reusing one ends the session."""
    return refresh_customer_session(call)
