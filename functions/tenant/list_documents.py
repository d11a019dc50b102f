"""GET /api/v1/tenant/documents"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR
from batua.identity.caller import user_caller
from batua.tenants import documents
from batua.tenants.documents import DocumentOut, DocumentsQuery


@endpoint(
    "GET",
    "/api/v1/tenant/documents",
    caller=user_caller(),
    request=DocumentsQuery,
    response=list[DocumentOut],
    errors=(INVALID_CURSOR,),
)
def handler(call: Call[DocumentsQuery]) -> Reply:
    """List the tenant's documents, newest first."""
    return documents.list_documents(call)
