"""GET /gateway/wallet/api/ledgers/customers/{customerId}/reports/tax"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import PRAYOG, Raw, Reply
from batua.gateway import reports
from batua.gateway.report_models import CurrencyPeriod, TaxReport
from batua.identity.caller import tenant_caller


@endpoint(
    "GET",
    "/gateway/wallet/api/ledgers/customers/{customerId}/reports/tax",
    caller=tenant_caller("gateway:read"),
    request=CurrencyPeriod,
    response=Success(TaxReport, media=("application/json", "text/csv")),
    style=PRAYOG,
    parameters={"customerId": "The customer, as charges name it."},
)
def handler(call: Call[CurrencyPeriod]) -> Reply | Raw:
    """Report a customer's taxes over a period, by tax and by HSN or SAC code.

    With `Accept: text/csv` (or `format=csv`) as CSV.
    """
    return reports.report_tax(call)
