"""POST /api/v1/me/session"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import public_caller
from batua.me.session_models import CustomerSignedIn, SignInCustomer
from batua.me.sign_in import SIGN_IN_ERRORS, sign_in_customer


@endpoint(
    "POST",
    "/api/v1/me/session",
    caller=public_caller(),
    request=SignInCustomer,
    response=CustomerSignedIn,
    errors=(*SIGN_IN_ERRORS,),
)
def handler(call: Call[SignInCustomer]) -> Reply:
    """Sign a customer in with the code that was sent to their phone. For a browser, send `X-Merchant`."""
    return sign_in_customer(call)
