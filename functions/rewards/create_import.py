"""POST /api/v1/rewards/imports"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.imports import requests
from batua.imports.models import CreateImport, ImportCreated


@endpoint(
    "POST",
    "/api/v1/rewards/imports",
    caller=user_caller("tenant:admin"),
    request=CreateImport,
    response=Success(ImportCreated, status=201),
    errors=requests.CREATE_IMPORT_ERRORS,
)
def handler(call: Call[CreateImport]) -> Reply:
    """Announce a CSV file with balances, customers or history from another system, or with coins to issue."""
    return requests.create_import(call)
