"""POST /api/v1/prefund/accounts"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.errors import FORBIDDEN, RECEIVER_ACCOUNT_EXISTS, VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.prefund import receiver_admin
from batua.prefund.models import ReceiverAccountOut
from batua.prefund.receiver_admin import AddReceiverAccount


@endpoint(
    "POST",
    "/api/v1/prefund/accounts",
    caller=user_caller("platform:admin", step_up=True, live_only=True),
    request=AddReceiverAccount,
    response=Success(ReceiverAccountOut, status=201),
    errors=(FORBIDDEN, RECEIVER_ACCOUNT_EXISTS, VERSION_CONFLICT),
)
def handler(call: Call[AddReceiverAccount]) -> Reply:
    """Propose a bank account that tenants send prefund money to. Another super admin approves it within a week.

    Where there is only one super admin, the account takes money at once. All super admins get a mail.
    """
    return receiver_admin.propose_account(call)
