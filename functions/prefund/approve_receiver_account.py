"""POST /api/v1/prefund/accounts/{id}/approve"""

from batua.api.endpoint import Call, endpoint
from batua.errors import (
    FORBIDDEN,
    FOUR_EYES,
    NOTHING_PROPOSED,
    RECEIVER_ACCOUNT_NOT_FOUND,
    VERSION_CONFLICT,
)
from batua.identity.caller import user_caller
from batua.prefund import receiver_admin
from batua.prefund.models import ReceiverAccountOut
from batua.prefund.receiver_admin import ApproveReceiverAccount


@endpoint(
    "POST",
    "/api/v1/prefund/accounts/{id}/approve",
    caller=user_caller("platform:admin", step_up=True, live_only=True),
    request=ApproveReceiverAccount,
    response=ReceiverAccountOut,
    errors=(FORBIDDEN, FOUR_EYES, RECEIVER_ACCOUNT_NOT_FOUND, NOTHING_PROPOSED, VERSION_CONFLICT),
    parameters={"id": "A receiver account, `rcv_…`."},
)
def handler(call: Call[ApproveReceiverAccount]) -> ReceiverAccountOut:
    """Approve a bank account that another super admin proposed. Tenants send their money there from now on."""
    return receiver_admin.approve_account(call)
