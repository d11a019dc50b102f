"""GET /api/v1/billing/customers/{customer}/tax-profile"""

from batua.api.endpoint import Call, endpoint
from batua.billing import profile_settings
from batua.billing.profile_models import CustomerTaxProfileOut
from batua.identity.caller import user_caller


@endpoint(
    "GET",
    "/api/v1/billing/customers/{customer}/tax-profile",
    caller=user_caller("ledger:read"),
    response=CustomerTaxProfileOut,
    parameters={"customer": "Your name for the customer."},
)
def handler(call: Call[None]) -> CustomerTaxProfileOut:
    """Read a customer's tax profile for GST."""
    return profile_settings.read_customer_tax_profile(call)
