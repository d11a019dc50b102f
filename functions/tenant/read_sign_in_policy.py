"""GET /api/v1/tenant/sign-in-policy"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.tenants.sign_in_policy import SignInPolicy, read_sign_in_policy


@endpoint(
    "GET",
    "/api/v1/tenant/sign-in-policy",
    caller=user_caller("tenant:admin"),
    response=SignInPolicy,
)
def handler(call: Call[None]) -> SignInPolicy:
    """Read whether the tenant's administrators need two-step sign-in."""
    return read_sign_in_policy(call)
