"""GET /api/v1/admin-messages"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Raw, Reply
from batua.errors import INVALID_CURSOR
from batua.identity.caller import user_caller
from batua.notifications import admin_messages
from batua.notifications.admin_messages import prefetch_admin_head
from batua.notifications.models import AdminMessageOut, AdminMessagesQuery


@endpoint(
    "GET",
    "/api/v1/admin-messages",
    caller=user_caller(),
    request=AdminMessagesQuery,
    response=list[AdminMessageOut],
    errors=(INVALID_CURSOR,),
    prefetch=prefetch_admin_head,
    precondition="If-None-Match",
)
def handler(call: Call[AdminMessagesQuery]) -> Reply | Raw:
    """List the operator's messages to you, the newest first."""
    return admin_messages.list_admin_messages(call)
