"""GET /api/v1/merchant/audit"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Raw, Reply
from batua.coins import audit_list
from batua.coins.audit_list import AuditLine, AuditQuery
from batua.errors import INVALID_CURSOR
from batua.identity.caller import key_caller


@endpoint(
    "GET",
    "/api/v1/merchant/audit",
    caller=key_caller("audit:read"),
    request=AuditQuery,
    response=Success(list[AuditLine], media=("application/json", "text/csv")),
    errors=(INVALID_CURSOR,),
)
def handler(call: Call[AuditQuery]) -> Reply | Raw:
    """List the audit trail: who did what, when, from where, under which reference, and with what outcome.

    Moves of coins and of the tenant's money, refusals, refused callers and administrative acts, newest first, by who,
    what, reference, customer or time. With `Accept: text/csv` (or `format=csv`) as CSV; the next page's cursor is then
    in the header `X-Next-Cursor`.
    """
    return audit_list.list_audit(call)
