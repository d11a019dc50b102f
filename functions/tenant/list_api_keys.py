"""GET /api/v1/tenant/self-api-keys"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR
from batua.identity.caller import user_caller
from batua.tenants import api_keys
from batua.tenants.api_keys import KeyOut, KeysQuery


@endpoint(
    "GET",
    "/api/v1/tenant/self-api-keys",
    caller=user_caller("tenant:admin"),
    request=KeysQuery,
    response=list[KeyOut],
    errors=(INVALID_CURSOR,),
)
def handler(call: Call[KeysQuery]) -> Reply:
    """List the tenant's API keys, live and test, newest first, with prefix, scopes and last use."""
    return api_keys.list_api_keys(call)
