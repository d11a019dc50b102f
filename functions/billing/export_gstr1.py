"""GET /api/v1/billing/gstr1"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Raw
from batua.billing.return_models import ReturnQuery
from batua.gateway.returns import RETURN_ERRORS, export_gstr1
from batua.identity.caller import user_caller


@endpoint(
    "GET",
    "/api/v1/billing/gstr1",
    caller=user_caller("ledger:read"),
    request=ReturnQuery,
    response=Success(media=("application/json", "text/csv"), file="gstr1"),
    errors=RETURN_ERRORS,
)
def handler(call: Call[ReturnQuery]) -> Raw:
    """Export a month for GSTR-1, from the invoices of charges and those made by hand, as JSON or CSV.

    With `Accept: text/csv` or `format=csv` a row per document and rate.
    """
    return export_gstr1(call)
