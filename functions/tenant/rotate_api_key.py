"""POST /api/v1/tenant/self-api-keys/{id}/rotate"""

from batua.api.endpoint import Call, endpoint
from batua.errors import (
    ALLOWLIST_REQUIRED,
    KEY_LIMIT_REACHED,
    KEY_NOT_ACTIVE,
    LIVE_SESSION_REQUIRED,
    NOT_FOUND,
    ROLE_NOT_YOURS,
)
from batua.identity.caller import user_caller
from batua.tenants import api_keys
from batua.tenants.api_keys import KeyCreated, RotateKey


@endpoint(
    "POST",
    "/api/v1/tenant/self-api-keys/{id}/rotate",
    caller=user_caller("tenant:admin"),
    request=RotateKey,
    response=KeyCreated,
    errors=(LIVE_SESSION_REQUIRED, NOT_FOUND, KEY_NOT_ACTIVE, ALLOWLIST_REQUIRED, KEY_LIMIT_REACHED, ROLE_NOT_YOURS),
    status=201,
    parameters={"id": "The key's id."},
    step_up=True,
)
def handler(call: Call[RotateKey]) -> KeyCreated:
    """Rotate an API key: a new one with the same rights, shown this once.

    The old one goes on working for the overlap that you choose: 0 seconds to 7 days.
    """
    return api_keys.rotate_api_key(call)
