"""DELETE /api/v1/tenant/documents/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.errors import DOCUMENT_IN_USE, NOT_FOUND, VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.tenants import documents
from batua.tenants.documents import DocumentDeleted


@endpoint(
    "DELETE",
    "/api/v1/tenant/documents/{id}",
    caller=user_caller("tenant:admin", live_only=True),
    response=DocumentDeleted,
    errors=(NOT_FOUND, DOCUMENT_IN_USE, VERSION_CONFLICT),
    parameters={"id": "The document's id."},
)
def handler(call: Call[None]) -> DocumentDeleted:
    """Delete a document and every version of its content."""
    return documents.delete_document(call)
