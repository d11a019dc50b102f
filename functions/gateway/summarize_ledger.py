"""GET /gateway/wallet/api/ledgers/customers/{customerId}/summary"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import PRAYOG, Raw, Reply
from batua.gateway import reports
from batua.gateway.report_models import CurrencyPeriod, LedgerSummary
from batua.identity.caller import tenant_caller


@endpoint(
    "GET",
    "/gateway/wallet/api/ledgers/customers/{customerId}/summary",
    caller=tenant_caller("gateway:read"),
    request=CurrencyPeriod,
    response=Success(LedgerSummary, media=("application/json", "text/csv")),
    style=PRAYOG,
    parameters={"customerId": "The customer, as charges name it."},
)
def handler(call: Call[CurrencyPeriod]) -> Reply | Raw:
    """Summarize a customer's ledger over a period: opening, debits, credits and closing.

    With `Accept: text/csv` (or `format=csv`) as CSV.
    """
    return reports.summarize_ledger(call)
