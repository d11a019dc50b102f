"""POST /api/v1/notifications/{id}/read"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.notifications import inbox
from batua.notifications.inbox import NOTIFICATION_NOT_FOUND, prefetch_notification
from batua.notifications.models import NotificationOut


@endpoint(
    "POST",
    "/api/v1/notifications/{id}/read",
    caller=user_caller(),
    response=NotificationOut,
    errors=(NOTIFICATION_NOT_FOUND,),
    prefetch=prefetch_notification,
    parameters={"id": "The notification, `ntf_…`."},
)
def handler(call: Call[None]) -> NotificationOut:
    """Mark a notification as read."""
    return inbox.read_notification(call)
