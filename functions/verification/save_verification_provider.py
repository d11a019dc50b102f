"""PUT /api/v1/tenant/cashfree/provider"""

from batua.api.endpoint import Call, endpoint
from batua.errors import VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.verification.provider_account import (
    SaveVerificationProvider,
    VerificationProviderOut,
    save_verification_provider,
)


@endpoint(
    "PUT",
    "/api/v1/tenant/cashfree/provider",
    caller=user_caller("platform:admin", step_up=True, live_only=True),
    request=SaveVerificationProvider,
    response=VerificationProviderOut,
    errors=(VERSION_CONFLICT,),
)
def handler(call: Call[SaveVerificationProvider]) -> VerificationProviderOut:
    """Save the account with Cashfree Secure ID that decides all tenants' live checks, or go back to local checks.

    Enter the answer's `webhook_url` at Cashfree. The account is sealed, and the operator's administrators
    are notified by email.
    """
    return save_verification_provider(call)
