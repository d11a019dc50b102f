"""PUT /wallets/customer/{source_id}/transactions/{wallet_id}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import REHOOK, Reply
from batua.customers import points
from batua.customers.models import PointsPosted, PostPoints
from batua.customers.points import post_points, prefetch_points_wallet
from batua.errors import (
    BALANCE_LIMIT_EXCEEDED,
    PROGRAM_ENDED,
    PROGRAM_NOT_STARTED,
    PROGRAM_PAUSED,
    WALLET_NOT_ACTIVE,
)
from batua.identity.caller import basic_caller


@endpoint(
    "PUT",
    "/wallets/customer/{source_id}/transactions/{wallet_id}",
    caller=basic_caller("points:write"),
    request=PostPoints,
    response=PointsPosted,
    errors=(
        points.RESOURCE_NOT_FOUND,
        points.INVALID_PAYLOAD,
        points.TYPE_REQUIRED,
        points.INSUFFICIENT_POINTS,
        WALLET_NOT_ACTIVE,
        BALANCE_LIMIT_EXCEEDED,
        PROGRAM_NOT_STARTED,
        PROGRAM_PAUSED,
        PROGRAM_ENDED,
    ),
    style=REHOOK,
    moves_value=True,
    prefetch=prefetch_points_wallet,
    parameters={
        "source_id": "The customer, as the application calls it, percent-encoded; or its id, `cust_…`.",
        "wallet_id": "The wallet type, `waty_…`.",
    },
)
def handler(call: Call[PostPoints]) -> Reply:
    """Credit or debit points on one wallet of a customer."""
    return post_points(call)
