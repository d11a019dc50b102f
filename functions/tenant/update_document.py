"""PATCH /api/v1/tenant/documents/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.errors import NOT_FOUND, VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.tenants import documents
from batua.tenants.documents import DocumentChange, DocumentOut


@endpoint(
    "PATCH",
    "/api/v1/tenant/documents/{id}",
    caller=user_caller("tenant:admin", live_only=True),
    request=DocumentChange,
    response=DocumentOut,
    errors=(NOT_FOUND, VERSION_CONFLICT),
    parameters={"id": "The document's id."},
)
def handler(call: Call[DocumentChange]) -> DocumentOut:
    """Change parts of a document's record."""
    return documents.update_document(call)
