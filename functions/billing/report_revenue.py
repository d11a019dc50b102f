"""GET /api/v1/billing/revenue"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Raw, Reply
from batua.billing.models import RevenueQuery, RevenueRow
from batua.billing.revenue import report_revenue
from batua.identity.caller import user_caller


@endpoint(
    "GET",
    "/api/v1/billing/revenue",
    caller=user_caller("ledger:read"),
    request=RevenueQuery,
    response=Success(list[RevenueRow], media=("application/json", "text/csv")),
)
def handler(call: Call[RevenueQuery]) -> Reply | Raw:
    """Report revenue by month, and by customer, product or rate of tax. As CSV with `Accept: text/csv` or `format=csv`.

    Credit notes reduce it in the month in which they are issued.
    """
    return report_revenue(call)
