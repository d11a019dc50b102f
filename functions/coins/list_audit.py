"""GET /api/v1/merchant/audit"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.coins import trail
from batua.coins.trail import AuditLine, AuditQuery
from batua.errors import INVALID_CURSOR
from batua.identity.caller import key


@endpoint(
    "GET",
    "/api/v1/merchant/audit",
    caller=key("audit:read"),
    request=AuditQuery,
    response=list[AuditLine],
    errors=(INVALID_CURSOR,),
)
def handler(call: Call[AuditQuery]) -> Reply:
    """List the audit trail: who did what, when, from where, under which reference, and what became of it."""
    return trail.list_audit(call)
