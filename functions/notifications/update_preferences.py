"""PATCH /api/v1/notifications/preferences"""

from batua.api.endpoint import Call, endpoint
from batua.errors import VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.notifications import preferences
from batua.notifications.models import PreferencesChange, PreferencesOut
from batua.notifications.preferences import PREFERENCE_LOCKED, prefetch_preferences


@endpoint(
    "PATCH",
    "/api/v1/notifications/preferences",
    caller=user_caller(),
    request=PreferencesChange,
    response=PreferencesOut,
    errors=(
        PREFERENCE_LOCKED,
        VERSION_CONFLICT,
    ),
    prefetch=prefetch_preferences,
)
def handler(call: Call[PreferencesChange]) -> PreferencesOut:
    """Change which notifications you get, your quiet hours or your language."""
    return preferences.update_preferences(call)
