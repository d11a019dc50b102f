"""DELETE /api/v1/prefund/accounts/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.errors import FORBIDDEN, RECEIVER_ACCOUNT_NOT_FOUND, VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.prefund import receiver_admin
from batua.prefund.models import ReceiverAccountOut


@endpoint(
    "DELETE",
    "/api/v1/prefund/accounts/{id}",
    caller=user_caller("platform:admin", step_up=True, live_only=True),
    response=ReceiverAccountOut,
    errors=(FORBIDDEN, RECEIVER_ACCOUNT_NOT_FOUND, VERSION_CONFLICT),
    parameters={"id": "A receiver account, `rcv_…`."},
)
def handler(call: Call[None]) -> ReceiverAccountOut:
    """Remove a bank account, or a proposed one, from the list. Requests that name it continue."""
    return receiver_admin.retire_account(call)
