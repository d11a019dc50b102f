"""GET /api/v1/rewards/imports/{id}/rows"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import IMPORT_NOT_FOUND, INVALID_CURSOR
from batua.identity.caller import user_caller
from batua.imports import requests
from batua.imports.models import ImportRowOut, ImportRowsQuery


@endpoint(
    "GET",
    "/api/v1/rewards/imports/{id}/rows",
    caller=user_caller("tenant:admin"),
    request=ImportRowsQuery,
    response=list[ImportRowOut],
    errors=(IMPORT_NOT_FOUND, INVALID_CURSOR),
    prefetch=requests.prefetch_import,
    parameters={"id": "The import, `imp_…`."},
)
def handler(call: Call[ImportRowsQuery]) -> Reply:
    """List the rows of an import, with their problems or outcomes."""
    return requests.list_import_rows(call)
