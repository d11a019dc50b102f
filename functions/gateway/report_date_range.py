"""GET /gateway/wallet/api/ledgers/customers/{customerId}/reports/date-range"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import PRAYOG, Reply
from batua.gateway import reports
from batua.gateway.report_models import CurrencyPeriod, DateRangeReport
from batua.identity.caller import tenant_caller


@endpoint(
    "GET",
    "/gateway/wallet/api/ledgers/customers/{customerId}/reports/date-range",
    caller=tenant_caller("gateway:read"),
    request=CurrencyPeriod,
    response=DateRangeReport,
    style=PRAYOG,
    parameters={"customerId": "The customer, as charges name it."},
)
def handler(call: Call[CurrencyPeriod]) -> Reply:
    """Report a customer's movements over a period, day by day."""
    return reports.report_date_range(call)
