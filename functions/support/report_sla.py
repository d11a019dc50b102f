"""GET /api/v1/tickets/sla-metrics"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.support import sla_report
from batua.support.sla_report import SlaReport, SlaReportQuery


@endpoint(
    "GET",
    "/api/v1/tickets/sla-metrics",
    caller=user_caller("platform:review"),
    request=SlaReportQuery,
    response=SlaReport,
)
def handler(call: Call[SlaReportQuery]) -> SlaReport:
    """Report how many SLA clocks were met and breached, by priority."""
    return sla_report.report_sla(call)
