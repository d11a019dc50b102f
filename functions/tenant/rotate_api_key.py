"""POST /api/v1/tenant/self-api-keys/{id}/rotate"""

from batua.api.endpoint import Call, Success, endpoint
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
    caller=user_caller("tenant:admin", step_up=True),
    request=RotateKey,
    response=Success(KeyCreated, status=201),
    errors=(LIVE_SESSION_REQUIRED, NOT_FOUND, KEY_NOT_ACTIVE, ALLOWLIST_REQUIRED, KEY_LIMIT_REACHED, ROLE_NOT_YOURS),
    parameters={"id": "The key's id."},
)
def handler(call: Call[RotateKey]) -> KeyCreated:
    """Rotate an API key: a new one with the same scopes, shown only once.

    The old one goes on working for the overlap that you choose: 0 seconds to 7 days.
    """
    return api_keys.rotate_api_key(call)
