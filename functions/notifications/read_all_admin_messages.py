"""POST /api/v1/admin-messages/read-all"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.notifications import admin_messages
from batua.notifications.admin_messages import prefetch_admin_head
from batua.notifications.models import ReadAllAdmin, UnreadCount


@endpoint(
    "POST",
    "/api/v1/admin-messages/read-all",
    caller=user_caller(),
    request=ReadAllAdmin,
    response=UnreadCount,
    prefetch=prefetch_admin_head,
)
def handler(call: Call[ReadAllAdmin]) -> UnreadCount:
    """Mark everything up to a message as read."""
    return admin_messages.read_all_admin_messages(call)
