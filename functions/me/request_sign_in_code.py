"""POST /api/v1/me/codes"""

from batua import errors
from batua.api.endpoint import Call, Success, endpoint
from batua.identity.caller import public_caller
from batua.me.session_models import CodeSent, RequestSignInCode
from batua.me.sign_in import request_sign_in_code


@endpoint(
    "POST",
    "/api/v1/me/codes",
    caller=public_caller(),
    request=RequestSignInCode,
    response=Success(CodeSent, status=202),
    errors=(
        errors.NOT_FOUND,
        errors.TOO_MANY_ATTEMPTS,
    ),
)
def handler(call: Call[RequestSignInCode]) -> CodeSent:
    """Send a sign-in code to a customer's phone. The response is the same for unknown numbers."""
    return request_sign_in_code(call)
