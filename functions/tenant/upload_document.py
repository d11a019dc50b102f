"""POST /api/v1/tenant/documents"""

from batua.api.endpoint import Call, Success, endpoint
from batua.errors import TOO_MANY_DOCUMENTS, VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.tenants import documents
from batua.tenants.documents import DocumentRegistered, NewDocument


@endpoint(
    "POST",
    "/api/v1/tenant/documents",
    caller=user_caller("tenant:admin", live_only=True),
    request=NewDocument,
    response=Success(DocumentRegistered, status=201),
    errors=(TOO_MANY_DOCUMENTS, VERSION_CONFLICT),
)
def handler(call: Call[NewDocument]) -> DocumentRegistered:
    """Register a document, and get a link to upload its content within 15 minutes.

    Type and size are checked against the content when the document is next read.
    """
    return documents.upload_document(call)
