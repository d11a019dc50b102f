"""POST /api/v1/admin-messages/{id}/withdraw"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.notifications import broadcasts
from batua.notifications.admin_messages import ADMIN_MESSAGE_NOT_FOUND, prefetch_admin_message
from batua.notifications.models import SentAdminMessageOut


@endpoint(
    "POST",
    "/api/v1/admin-messages/{id}/withdraw",
    caller=user_caller("platform:admin"),
    response=SentAdminMessageOut,
    errors=(
        ADMIN_MESSAGE_NOT_FOUND,
        VERSION_CONFLICT,
    ),
    prefetch=prefetch_admin_message,
    parameters={"id": "The message, `amsg_…`."},
)
def handler(call: Call[None]) -> Reply:
    """Withdraw a message, for everyone."""
    return broadcasts.withdraw_admin_message(call)
