"""GET /api/v1/tenant/self-api-keys/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.errors import NOT_FOUND
from batua.identity.caller import user_caller
from batua.tenants import api_keys
from batua.tenants.api_keys import KeyOut


@endpoint(
    "GET",
    "/api/v1/tenant/self-api-keys/{id}",
    caller=user_caller("tenant:admin"),
    response=KeyOut,
    errors=(NOT_FOUND,),
    parameters={"id": "The key's id."},
)
def handler(call: Call[None]) -> KeyOut:
    """Read one API key."""
    return api_keys.read_api_key(call)
