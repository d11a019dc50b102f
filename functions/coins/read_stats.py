"""GET /api/v1/merchant/stats"""

from batua.api.endpoint import Call, endpoint
from batua.coins import stats
from batua.coins.stats import Stats
from batua.identity.caller import key_caller


@endpoint(
    "GET",
    "/api/v1/merchant/stats",
    caller=key_caller("ledger:read"),
    response=Stats,
)
def handler(call: Call[None]) -> Stats:
    """Read what the merchant issued and redeemed this month, its MIR ratio and ceiling, and the last twelve months."""
    return stats.read_stats(call)
