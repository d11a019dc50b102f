"""GET /api/v1/invoices"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Raw, Reply
from batua.billing.invoice_queries import LIST_ERRORS, list_tenant_invoices
from batua.billing.models import InvoiceSummary, ListInvoicesQuery
from batua.identity.caller import user_caller


@endpoint(
    "GET",
    "/api/v1/invoices",
    caller=user_caller("ledger:read"),
    request=ListInvoicesQuery,
    response=Success(list[InvoiceSummary], media=("application/json", "text/csv")),
    errors=LIST_ERRORS,
)
def handler(call: Call[ListInvoicesQuery]) -> Reply | Raw:
    """List invoices and notes, newest first, by status, kind, customer, product, number or day.

    With `Accept: text/csv` (or `format=csv`) as CSV with the taxes of each; the next page's cursor is then in the
    header `X-Next-Cursor`.
    """
    return list_tenant_invoices(call)
