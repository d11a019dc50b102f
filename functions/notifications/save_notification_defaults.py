"""PUT /api/v1/notifications/defaults"""

from batua.api.endpoint import Call, endpoint
from batua.errors import VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.notifications.notification_defaults import (
    NotificationDefaultsOut,
    SaveNotificationDefaults,
    prefetch_notification_defaults,
    save_notification_defaults,
)
from batua.notifications.preferences import PREFERENCE_LOCKED


@endpoint(
    "PUT",
    "/api/v1/notifications/defaults",
    caller=user_caller("tenant:admin"),
    request=SaveNotificationDefaults,
    response=NotificationDefaultsOut,
    errors=(PREFERENCE_LOCKED, VERSION_CONFLICT),
    prefetch=prefetch_notification_defaults,
)
def handler(call: Call[SaveNotificationDefaults]) -> NotificationDefaultsOut:
    """Save the default notification preferences of your tenant's users. Locked cells stay as they are."""
    return save_notification_defaults(call)
