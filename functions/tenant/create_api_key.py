"""POST /api/v1/tenant/self-api-keys"""

from batua.api.endpoint import Call, Success, endpoint
from batua.errors import (
    ALLOWLIST_REQUIRED,
    KEY_LIMIT_REACHED,
    LIVE_SESSION_REQUIRED,
    ROLE_NOT_YOURS,
    VERIFICATION_REQUIRED,
)
from batua.identity.caller import user_caller
from batua.tenants import api_keys
from batua.tenants.api_keys import CreateKey, KeyCreated


@endpoint(
    "POST",
    "/api/v1/tenant/self-api-keys",
    caller=user_caller("tenant:admin", step_up=True),
    request=CreateKey,
    response=Success(KeyCreated, status=201),
    errors=(LIVE_SESSION_REQUIRED, ALLOWLIST_REQUIRED, VERIFICATION_REQUIRED, KEY_LIMIT_REACHED, ROLE_NOT_YOURS),
)
def handler(call: Call[CreateKey]) -> KeyCreated:
    """Create an API key. It is shown only once.

    A live key needs a network allowlist that a super admin has approved; a test key does not. It may
    also take verifications of the tenant, by the operator's settings. A key gets no more than its maker holds.
    """
    return api_keys.create_api_key(call)
