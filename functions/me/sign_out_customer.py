"""POST /api/v1/me/logout"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import customer_caller
from batua.me.session_models import SignedOut, SignOutCustomer
from batua.me.sign_in import sign_out_customer


@endpoint(
    "POST",
    "/api/v1/me/logout",
    caller=customer_caller(),
    request=SignOutCustomer,
    response=SignedOut,
)
def handler(call: Call[SignOutCustomer]) -> Reply:
    """Sign a customer out: end this session, or those on all devices."""
    return sign_out_customer(call)
