"""GET /api/v1/admin-messages/unread-count"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Raw, Reply
from batua.identity.caller import user_caller
from batua.notifications import admin_messages
from batua.notifications.admin_messages import prefetch_admin_head
from batua.notifications.models import UnreadCount


@endpoint(
    "GET",
    "/api/v1/admin-messages/unread-count",
    caller=user_caller(),
    response=UnreadCount,
    prefetch=prefetch_admin_head,
    precondition="If-None-Match",
)
def handler(call: Call[None]) -> Reply | Raw:
    """Count the operator's messages that you have not read, up to 99."""
    return admin_messages.count_unread_admin_messages(call)
