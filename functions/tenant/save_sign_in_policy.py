"""PUT /api/v1/tenant/sign-in-policy"""

from batua.api.endpoint import Call, endpoint
from batua.errors import VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.tenants.sign_in_policy import SaveSignInPolicy, SignInPolicy, save_sign_in_policy


@endpoint(
    "PUT",
    "/api/v1/tenant/sign-in-policy",
    caller=user_caller("tenant:admin", step_up=True, live_only=True),
    request=SaveSignInPolicy,
    response=SignInPolicy,
    errors=(VERSION_CONFLICT,),
)
def handler(call: Call[SaveSignInPolicy]) -> SignInPolicy:
    """Save whether the tenant's administrators need two-step sign-in.

    Those who have none set it up at their next sign-in, before anything else. API keys go on as they are.
    """
    return save_sign_in_policy(call)
