"""GET /gateway/wallet/api/ledgers/reports/profit-loss"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import PRAYOG, Raw, Reply
from batua.gateway import reports
from batua.gateway.report_models import ProfitLossQuery, ProfitLossReport
from batua.identity.caller import tenant_caller


@endpoint(
    "GET",
    "/gateway/wallet/api/ledgers/reports/profit-loss",
    caller=tenant_caller("gateway:read"),
    request=ProfitLossQuery,
    response=Success(ProfitLossReport, media=("application/json", "text/csv")),
    style=PRAYOG,
)
def handler(call: Call[ProfitLossQuery]) -> Reply | Raw:
    """Report a customer's profit and loss over a period, with a breakdown on request.

    With `Accept: text/csv` (or `format=csv`) as CSV.
    """
    return reports.report_profit_loss(call)
