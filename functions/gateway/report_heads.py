"""GET /gateway/wallet/api/ledgers/reports/heads"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import PRAYOG, Reply
from batua.gateway import reports
from batua.gateway.report_models import HeadsQuery, HeadsReport
from batua.identity.caller import tenant_caller


@endpoint(
    "GET",
    "/gateway/wallet/api/ledgers/reports/heads",
    caller=tenant_caller("gateway:read"),
    request=HeadsQuery,
    response=HeadsReport,
    style=PRAYOG,
)
def handler(call: Call[HeadsQuery]) -> Reply:
    """Report a customer's charges by head: what each took and gave, and how often."""
    return reports.report_heads(call)
