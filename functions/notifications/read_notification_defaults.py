"""GET /api/v1/notifications/defaults"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.notifications.notification_defaults import (
    NotificationDefaultsOut,
    prefetch_notification_defaults,
    read_notification_defaults,
)


@endpoint(
    "GET",
    "/api/v1/notifications/defaults",
    caller=user_caller("tenant:admin"),
    response=NotificationDefaultsOut,
    prefetch=prefetch_notification_defaults,
)
def handler(call: Call[None]) -> NotificationDefaultsOut:
    """Read the default notification preferences of your tenant's users."""
    return read_notification_defaults(call)
