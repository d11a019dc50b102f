"""POST /api/v1/tenant/cashfree/verify-document"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.verification import people
from batua.verification.models import VerificationOut, VerifyDocument


@endpoint(
    "POST",
    "/api/v1/tenant/cashfree/verify-document",
    caller=user_caller("tenant:admin"),
    request=VerifyDocument,
    response=VerificationOut,
    errors=people.DOCUMENT_CHECK_ERRORS,
    prefetch=people.prefetch_checked_document,
)
def handler(call: Call[VerifyDocument]) -> Reply:
    """Verify an uploaded document: its type and the malware scan of its content.

    `level` is `format`: what is written in the document is not read.
    """
    return people.verify_document(call)
