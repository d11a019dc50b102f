"""GET /api/v1/merchant/customers/{id}/imported-history"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.coins.customers import prefetch_customer_by_id
from batua.coins.imported_history import ImportedHistoryQuery, list_imported_history
from batua.coins.models import ImportedTransaction
from batua.errors import CUSTOMER_NOT_FOUND, FORBIDDEN, INVALID_CURSOR
from batua.identity.caller import key_caller


@endpoint(
    "GET",
    "/api/v1/merchant/customers/{id}/imported-history",
    caller=key_caller("customers:read"),
    request=ImportedHistoryQuery,
    response=list[ImportedTransaction],
    errors=(CUSTOMER_NOT_FOUND, FORBIDDEN, INVALID_CURSOR),
    prefetch=prefetch_customer_by_id,
    parameters={"id": "The customer, `cust_…`."},
)
def handler(call: Call[ImportedHistoryQuery]) -> Reply:
    """List what a customer did in the merchant's previous system, newest first."""
    return list_imported_history(call)
