"""GET /api/v1/notifications"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Raw, Reply
from batua.errors import INVALID_CURSOR
from batua.identity.caller import user_caller
from batua.notifications import inbox
from batua.notifications.inbox import prefetch_head
from batua.notifications.models import NotificationOut, NotificationsQuery


@endpoint(
    "GET",
    "/api/v1/notifications",
    caller=user_caller(),
    request=NotificationsQuery,
    response=list[NotificationOut],
    errors=(INVALID_CURSOR,),
    prefetch=prefetch_head,
    precondition="If-None-Match",
)
def handler(call: Call[NotificationsQuery]) -> Reply | Raw:
    """List your notifications of the last 90 days, the newest first."""
    return inbox.list_notifications(call)
