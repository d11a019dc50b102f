"""GET /api/v1/fraud-flags"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR, NOT_FOUND
from batua.fraud import review
from batua.fraud.models import FlagOut, FlagsQuery
from batua.identity.caller import user_caller


@endpoint(
    "GET",
    "/api/v1/fraud-flags",
    caller=user_caller("ledger:read"),
    request=FlagsQuery,
    response=list[FlagOut],
    errors=(
        NOT_FOUND,
        INVALID_CURSOR,
    ),
)
def handler(call: Call[FlagsQuery]) -> Reply:
    """List fraud flags, latest first: the tenant's own, or those of tenants below it.

    The operator's staff see those of all tenants. A flag blocks nothing. With filters that few flags fit, a page may
    hold fewer than `limit` and still lead on.
    """
    return review.list_flags(call)
