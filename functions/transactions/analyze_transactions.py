"""GET /api/v1/transactions/analytics"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.transactions import queries
from batua.transactions.models import Analytics, AnalyticsQuery


@endpoint(
    "GET",
    "/api/v1/transactions/analytics",
    caller=user_caller("ledger:read"),
    request=AnalyticsQuery,
    response=Analytics,
)
def handler(call: Call[AnalyticsQuery]) -> Analytics:
    """Totals and a series by day, type and status.

    They are added up behind the ledger; `complete_to` tells up to when every transaction is counted.
    """
    return queries.analyze(call)
