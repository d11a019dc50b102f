"""GET /api/v1/rewards/imports"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR
from batua.identity.caller import user_caller
from batua.imports import requests
from batua.imports.models import ImportOut, ImportsQuery


@endpoint(
    "GET",
    "/api/v1/rewards/imports",
    caller=user_caller("tenant:admin"),
    request=ImportsQuery,
    response=list[ImportOut],
    errors=(INVALID_CURSOR,),
)
def handler(call: Call[ImportsQuery]) -> Reply:
    """List imports, the newest first."""
    return requests.list_imports(call)
