"""GET /api/v1/prefund/accounts/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.errors import RECEIVER_ACCOUNT_NOT_FOUND
from batua.identity.caller import user_caller
from batua.prefund import receivers
from batua.prefund.models import ReceiverAccountOut


@endpoint(
    "GET",
    "/api/v1/prefund/accounts/{id}",
    caller=user_caller(),
    response=ReceiverAccountOut,
    errors=(RECEIVER_ACCOUNT_NOT_FOUND,),
    prefetch=receivers.prefetch_receiver_account,
    parameters={"id": "A receiver account, `rcv_…`."},
)
def handler(call: Call[None]) -> ReceiverAccountOut:
    """Read one of these accounts, whether it still takes money or not."""
    return receivers.read_receiver_account(call)
