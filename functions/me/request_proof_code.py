"""POST /api/v1/me/proof-codes"""

from batua import errors
from batua.api.endpoint import Call, Success, endpoint
from batua.identity.caller import customer_caller
from batua.me.session_models import CodeSent
from batua.me.sign_in import request_proof_code


@endpoint(
    "POST",
    "/api/v1/me/proof-codes",
    caller=customer_caller(),
    response=Success(CodeSent, status=202),
    errors=(errors.TOO_MANY_ATTEMPTS,),
)
def handler(call: Call[None]) -> CodeSent:
    """Send a code to the signed-in customer's phone, for actions that need more than a session."""
    return request_proof_code(call)
