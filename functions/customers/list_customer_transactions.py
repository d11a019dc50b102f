"""GET /wallets/customer/{source_id}/transactions/{wallet_id}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import REHOOK
from batua.customers import points
from batua.customers.history import HISTORY_ERRORS, PointsHistory, PointsHistoryQuery, list_points_history
from batua.identity.caller import basic_caller


@endpoint(
    "GET",
    "/wallets/customer/{source_id}/transactions/{wallet_id}",
    caller=basic_caller("points:read"),
    request=PointsHistoryQuery,
    response=PointsHistory,
    errors=(points.RESOURCE_NOT_FOUND, *HISTORY_ERRORS),
    style=REHOOK,
    prefetch=points.prefetch_points_wallet,
    parameters={
        "source_id": "The customer, as the application calls it, percent-encoded; or its id, `cust_…`.",
        "wallet_id": "The wallet type, `waty_…`.",
    },
)
def handler(call: Call[PointsHistoryQuery]) -> PointsHistory:
    """List the credits and debits on one of a customer's wallets, newest first."""
    return list_points_history(call)
