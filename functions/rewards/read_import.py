"""GET /api/v1/rewards/imports/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.errors import IMPORT_NOT_FOUND
from batua.identity.caller import user_caller
from batua.imports import requests
from batua.imports.models import ImportRead


@endpoint(
    "GET",
    "/api/v1/rewards/imports/{id}",
    caller=user_caller("tenant:admin"),
    response=ImportRead,
    errors=(IMPORT_NOT_FOUND,),
    prefetch=requests.prefetch_import,
    parameters={"id": "The import, `imp_…`."},
)
def handler(call: Call[None]) -> ImportRead:
    """Read an import: its state, its figures and its report."""
    return requests.read_import(call)
