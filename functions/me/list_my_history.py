"""GET /api/v1/me/history"""

from batua import errors
from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import customer_caller
from batua.me.coin_models import HistoryLine, HistoryQuery
from batua.me.coins import list_my_history


@endpoint(
    "GET",
    "/api/v1/me/history",
    caller=customer_caller(),
    request=HistoryQuery,
    response=list[HistoryLine],
    errors=(
        errors.PROGRAM_NOT_FOUND,
        errors.INVALID_CURSOR,
    ),
)
def handler(call: Call[HistoryQuery]) -> Reply:
    """List the customer's transactions at every merchant of the network, newest first.

    History ends where the number was not used for 180 days: it may have been another person's before.
    """
    return list_my_history(call)
