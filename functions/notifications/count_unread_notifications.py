"""GET /api/v1/notifications/unread-count"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Raw, Reply
from batua.identity.caller import user_caller
from batua.notifications import inbox
from batua.notifications.inbox import prefetch_head
from batua.notifications.models import UnreadCount


@endpoint(
    "GET",
    "/api/v1/notifications/unread-count",
    caller=user_caller(),
    response=UnreadCount,
    prefetch=prefetch_head,
    precondition="If-None-Match",
)
def handler(call: Call[None]) -> Reply | Raw:
    """Count your unread notifications, up to 99."""
    return inbox.count_unread_notifications(call)
