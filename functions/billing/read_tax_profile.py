"""GET /api/v1/billing/tax-profile"""

from batua.api.endpoint import Call, endpoint
from batua.billing import profile_settings
from batua.billing.profile_models import TaxProfileOut
from batua.identity.caller import user_caller


@endpoint(
    "GET",
    "/api/v1/billing/tax-profile",
    caller=user_caller("ledger:read"),
    response=TaxProfileOut,
)
def handler(call: Call[None]) -> TaxProfileOut:
    """Read the tenant's tax profile for GST, which documents it can issue, and what they still lack."""
    return profile_settings.read_tax_profile(call)
