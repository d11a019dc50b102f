"""DELETE /api/v1/tenant/self-api-keys/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.errors import LIVE_SESSION_REQUIRED, NOT_FOUND
from batua.identity.caller import user_caller
from batua.tenants import api_keys
from batua.tenants.api_keys import KeyOut


@endpoint(
    "DELETE",
    "/api/v1/tenant/self-api-keys/{id}",
    caller=user_caller("tenant:admin", step_up=True),
    response=KeyOut,
    errors=(
        LIVE_SESSION_REQUIRED,
        NOT_FOUND,
    ),
    parameters={"id": "The key's id."},
)
def handler(call: Call[None]) -> KeyOut:
    """Revoke an API key: requests with it are refused from now on."""
    return api_keys.revoke_api_key(call)
