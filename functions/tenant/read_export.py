"""GET /api/v1/tenant/exports/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.errors import EXPORT_NOT_FOUND
from batua.exports import requests
from batua.exports.models import ExportRead
from batua.identity.caller import user_caller


@endpoint(
    "GET",
    "/api/v1/tenant/exports/{id}",
    caller=user_caller("tenant:admin", step_up=True),
    response=ExportRead,
    errors=(EXPORT_NOT_FOUND,),
    prefetch=requests.prefetch_export,
    parameters={"id": "The export, `exp_…`."},
)
def handler(call: Call[None]) -> ExportRead:
    """Read an export, with download links that are valid for 15 minutes."""
    return requests.read_export(call)
