"""GET /api/v1/notifications/preferences"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.notifications import preferences
from batua.notifications.models import PreferencesOut
from batua.notifications.preferences import prefetch_preferences


@endpoint(
    "GET",
    "/api/v1/notifications/preferences",
    caller=user_caller(),
    response=PreferencesOut,
    prefetch=prefetch_preferences,
)
def handler(call: Call[None]) -> PreferencesOut:
    """Read which notifications you get, on which channels."""
    return preferences.read_preferences(call)
