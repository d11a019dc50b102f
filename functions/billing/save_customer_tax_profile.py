"""PUT /api/v1/billing/customers/{customer}/tax-profile"""

from batua.api.endpoint import Call, endpoint
from batua.billing import profile_settings
from batua.billing.profile_models import CustomerTaxProfileOut, SaveCustomerTaxProfile
from batua.errors import VERSION_CONFLICT
from batua.identity.caller import user_caller


@endpoint(
    "PUT",
    "/api/v1/billing/customers/{customer}/tax-profile",
    caller=user_caller("billing:write"),
    request=SaveCustomerTaxProfile,
    response=CustomerTaxProfileOut,
    errors=(VERSION_CONFLICT,),
    parameters={"customer": "Your name for the customer."},
)
def handler(call: Call[SaveCustomerTaxProfile]) -> CustomerTaxProfileOut:
    """Save a customer's tax profile, used by new documents from now on.

    `customer` is your own name for it: a `customer_id` of invoices, or a `buyerCustomerId` of the gateway.
    """
    return profile_settings.save_customer_tax_profile(call)
