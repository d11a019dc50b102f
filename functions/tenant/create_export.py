"""POST /api/v1/tenant/exports"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.exports import requests
from batua.exports.models import CreateExport, ExportOut
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/tenant/exports",
    caller=user_caller("tenant:admin", step_up=True),
    request=CreateExport,
    response=Success(ExportOut, status=202),
    errors=requests.CREATE_EXPORT_ERRORS,
)
def handler(call: Call[CreateExport]) -> Reply:
    """Start an export of everything that the tenant owns, or of some collections.

    The files are JSON Lines, compressed with gzip; a row has the shape in which the API lists it. They can be fetched
    once the export has finished, and are deleted after seven days. What changes meanwhile may be in them or not.
    """
    return requests.create_export(call)
