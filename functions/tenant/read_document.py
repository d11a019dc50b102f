"""GET /api/v1/tenant/documents/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.errors import NOT_FOUND
from batua.identity.caller import user_caller
from batua.tenants import documents
from batua.tenants.documents import DocumentRead


@endpoint(
    "GET",
    "/api/v1/tenant/documents/{id}",
    caller=user_caller(),
    response=DocumentRead,
    errors=(NOT_FOUND,),
    parameters={"id": "The document's id."},
)
def handler(call: Call[None]) -> DocumentRead:
    """Read a document, with a download link that is valid for five minutes.

    After an upload, this has the content checked.
    """
    return documents.read_document(call)
