"""POST /api/v1/rewards/imports/{id}/apply"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.imports import requests
from batua.imports.models import ImportOut


@endpoint(
    "POST",
    "/api/v1/rewards/imports/{id}/apply",
    caller=user_caller("tenant:admin", step_up=True),
    response=Success(ImportOut, status=202),
    errors=requests.APPLY_IMPORT_ERRORS,
    prefetch=requests.prefetch_import,
    parameters={"id": "The import, `imp_…`."},
)
def handler(call: Call[None]) -> Reply:
    """Import the rows that passed the check."""
    return requests.apply_import(call)
