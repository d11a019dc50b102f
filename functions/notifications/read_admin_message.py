"""POST /api/v1/admin-messages/{id}/read"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.notifications import admin_messages
from batua.notifications.admin_messages import ADMIN_MESSAGE_NOT_FOUND, prefetch_admin_message
from batua.notifications.models import AdminMessageOut


@endpoint(
    "POST",
    "/api/v1/admin-messages/{id}/read",
    caller=user_caller(),
    response=AdminMessageOut,
    errors=(ADMIN_MESSAGE_NOT_FOUND,),
    prefetch=prefetch_admin_message,
    parameters={"id": "The message, `amsg_…`."},
)
def handler(call: Call[None]) -> AdminMessageOut:
    """Mark one of the operator's messages as read."""
    return admin_messages.read_admin_message(call)
