"""GET /api/v1/me/passes"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import customer_caller
from batua.me.passes import MyPasses, list_my_passes


@endpoint(
    "GET",
    "/api/v1/me/passes",
    caller=customer_caller(step_up=True),
    response=MyPasses,
)
def handler(call: Call[None]) -> MyPasses:
    """Get the links that add the customer's coins to Apple Wallet and Google Wallet. Needs a fresh code.

    A pass holds a QR code that is good until it is replaced, so a session alone does not get one.
    """
    return list_my_passes(call)
