"""GET /api/v1/me/preferences"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import customer_caller
from batua.me.models import MyPreferences
from batua.me.profile import read_my_preferences


@endpoint(
    "GET",
    "/api/v1/me/preferences",
    caller=customer_caller(),
    response=MyPreferences,
)
def handler(call: Call[None]) -> MyPreferences:
    """Read which notifications the customer wants."""
    return read_my_preferences(call)
