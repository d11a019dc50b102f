"""PUT /api/v1/tenant/origins"""

from batua.api.endpoint import Call, endpoint
from batua.errors import VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.tenants.origins import AllowedOrigins, ReplaceOrigins, replace_origins


@endpoint(
    "PUT",
    "/api/v1/tenant/origins",
    caller=user_caller("tenant:admin", step_up=True, live_only=True),
    request=ReplaceOrigins,
    response=AllowedOrigins,
    errors=(VERSION_CONFLICT,),
)
def handler(call: Call[ReplaceOrigins]) -> AllowedOrigins:
    """Replace the origins of your own sites, whose pages may call the API from a browser.

    They may call the counter's and the customer's routes with a bearer token. Cookies are never accepted from them.
    """
    return replace_origins(call)
