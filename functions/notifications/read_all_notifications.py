"""POST /api/v1/notifications/read-all"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.notifications import inbox
from batua.notifications.inbox import prefetch_head
from batua.notifications.models import ReadAll, UnreadCount


@endpoint(
    "POST",
    "/api/v1/notifications/read-all",
    caller=user_caller(),
    request=ReadAll,
    response=UnreadCount,
    prefetch=prefetch_head,
)
def handler(call: Call[ReadAll]) -> UnreadCount:
    """Mark everything up to a notification as read."""
    return inbox.read_all_notifications(call)
