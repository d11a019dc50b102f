"""GET /api/v1/prefund/accounts"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.prefund import receivers
from batua.prefund.models import ReceiverAccount


@endpoint(
    "GET",
    "/api/v1/prefund/accounts",
    caller=user_caller(),
    response=list[ReceiverAccount],
)
def handler(call: Call[None]) -> list[ReceiverAccount]:
    """List the bank accounts that prefund money is sent to."""
    return receivers.list_active_accounts(call)
