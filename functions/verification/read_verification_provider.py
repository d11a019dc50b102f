"""GET /api/v1/tenant/cashfree/provider"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.verification.provider_account import VerificationProviderOut, read_verification_provider


@endpoint(
    "GET",
    "/api/v1/tenant/cashfree/provider",
    caller=user_caller("platform:admin"),
    response=VerificationProviderOut,
)
def handler(call: Call[None]) -> VerificationProviderOut:
    """Read who decides this deployment's live identity checks. Secrets are not shown."""
    return read_verification_provider(call)
