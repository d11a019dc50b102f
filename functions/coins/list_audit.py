"""GET /api/v1/merchant/audit"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.coins import audit_list
from batua.coins.audit_list import AuditLine, AuditQuery
from batua.errors import INVALID_CURSOR
from batua.identity.caller import key_caller


@endpoint(
    "GET",
    "/api/v1/merchant/audit",
    caller=key_caller("audit:read"),
    request=AuditQuery,
    response=list[AuditLine],
    errors=(INVALID_CURSOR,),
)
def handler(call: Call[AuditQuery]) -> Reply:
    """List the audit trail: who did what, when, from where, under which reference, and what became of it."""
    return audit_list.list_audit(call)
