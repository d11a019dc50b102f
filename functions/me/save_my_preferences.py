"""PUT /api/v1/me/preferences"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import customer_caller
from batua.me.models import MyPreferences
from batua.me.profile import save_my_preferences


@endpoint(
    "PUT",
    "/api/v1/me/preferences",
    caller=customer_caller(),
    request=MyPreferences,
    response=MyPreferences,
)
def handler(call: Call[MyPreferences]) -> MyPreferences:
    """Save which notifications the customer wants. Fields left out return to their defaults."""
    return save_my_preferences(call)
