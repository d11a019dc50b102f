"""GET /api/v1/me/profile"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import customer_caller
from batua.me.models import MyProfile
from batua.me.profile import read_my_profile


@endpoint(
    "GET",
    "/api/v1/me/profile",
    caller=customer_caller(),
    response=MyProfile,
)
def handler(call: Call[None]) -> MyProfile:
    """Read who is signed in, at which merchant, and their preferences."""
    return read_my_profile(call)
