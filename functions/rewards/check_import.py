"""POST /api/v1/rewards/imports/{id}/check"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.imports import requests
from batua.imports.models import CheckImport, ImportOut


@endpoint(
    "POST",
    "/api/v1/rewards/imports/{id}/check",
    caller=user_caller("tenant:admin"),
    request=CheckImport,
    response=Success(ImportOut, status=202),
    errors=requests.RUN_IMPORT_ERRORS,
    prefetch=requests.prefetch_import,
    parameters={"id": "The import, `imp_…`."},
)
def handler(call: Call[CheckImport]) -> Reply:
    """Check an uploaded file row by row, without changing anything."""
    return requests.check_import(call)
