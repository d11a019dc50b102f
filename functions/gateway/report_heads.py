"""GET /gateway/wallet/api/ledgers/reports/heads"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import PRAYOG, Raw, Reply
from batua.gateway import reports
from batua.gateway.report_models import HeadsQuery, HeadsReport
from batua.identity.caller import tenant_caller


@endpoint(
    "GET",
    "/gateway/wallet/api/ledgers/reports/heads",
    caller=tenant_caller("gateway:read"),
    request=HeadsQuery,
    response=Success(HeadsReport, media=("application/json", "text/csv")),
    style=PRAYOG,
)
def handler(call: Call[HeadsQuery]) -> Reply | Raw:
    """Report a customer's charges by head: what each took and gave, and how often.

    With `Accept: text/csv` (or `format=csv`) as CSV.
    """
    return reports.report_heads(call)
