"""POST /api/v1/auth/token/refresh"""

from batua.api.endpoint import Call, endpoint
from batua.auth import refresh
from batua.auth.models import Refresh, TokensIssued
from batua.errors import REFRESH_IN_PROGRESS, UNAUTHENTICATED
from batua.identity.caller import public_caller


@endpoint(
    "POST",
    "/api/v1/auth/token/refresh",
    caller=public_caller(),
    request=Refresh,
    response=TokensIssued,
    errors=(UNAUTHENTICATED, REFRESH_IN_PROGRESS),
)
def handler(call: Call[Refresh]) -> TokensIssued:
    """Exchange a refresh token for the next access token and the next refresh token.

    Each refresh token is good once. One that comes again ends the session, its access tokens included. Of requests that
    race, one is served and the others get `refresh_in_progress`. A client whose answer got lost sends its
    `device_token` along and asks again, from two to thirty seconds later.
    """
    return refresh.refresh_token(call)
