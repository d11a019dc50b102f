"""PUT /api/v1/tenant/documents/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.errors import NOT_FOUND, VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.tenants import documents
from batua.tenants.documents import DocumentRegistered, ReplaceDocument


@endpoint(
    "PUT",
    "/api/v1/tenant/documents/{id}",
    caller=user_caller("tenant:admin", live_only=True),
    request=ReplaceDocument,
    response=DocumentRegistered,
    errors=(NOT_FOUND, VERSION_CONFLICT),
    parameters={"id": "The document's id."},
)
def handler(call: Call[ReplaceDocument]) -> DocumentRegistered:
    """Replace a document's record, and get a link to upload its new content.

    What was there stays in force until the new content has been checked.
    """
    return documents.replace_document(call)
