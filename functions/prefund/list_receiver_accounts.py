"""GET /api/v1/prefund/accounts"""

from batua.api.endpoint import Call, endpoint
from batua.errors import FORBIDDEN
from batua.identity.caller import user_caller
from batua.prefund import receivers
from batua.prefund.models import ReceiverAccountOut, ReceiverAccountsQuery


@endpoint(
    "GET",
    "/api/v1/prefund/accounts",
    caller=user_caller(),
    request=ReceiverAccountsQuery,
    response=list[ReceiverAccountOut],
    errors=(FORBIDDEN,),
)
def handler(call: Call[ReceiverAccountsQuery]) -> list[ReceiverAccountOut]:
    """List the bank accounts that prefund money is sent to."""
    return receivers.list_accounts(call)
