"""GET /api/v1/tenant/exports"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR
from batua.exports import requests
from batua.exports.models import ExportOut, ExportsQuery
from batua.identity.caller import user_caller


@endpoint(
    "GET",
    "/api/v1/tenant/exports",
    caller=user_caller("tenant:admin"),
    request=ExportsQuery,
    response=list[ExportOut],
    errors=(INVALID_CURSOR,),
)
def handler(call: Call[ExportsQuery]) -> Reply:
    """List the tenant's exports with their progress, newest first."""
    return requests.list_exports(call)
