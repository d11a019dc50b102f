"""PUT /api/v1/billing/tax-profile"""

from batua.api.endpoint import Call, endpoint
from batua.billing import profile_settings
from batua.billing.profile_models import SaveTaxProfile, TaxProfileOut
from batua.errors import VERIFICATION_REQUIRED, VERSION_CONFLICT
from batua.identity.caller import user_caller


@endpoint(
    "PUT",
    "/api/v1/billing/tax-profile",
    caller=user_caller("tenant:admin", step_up=True),
    request=SaveTaxProfile,
    response=TaxProfileOut,
    errors=(VERSION_CONFLICT, VERIFICATION_REQUIRED),
)
def handler(call: Call[SaveTaxProfile]) -> TaxProfileOut:
    """Save the tenant's tax profile: names, GSTIN, address, bank and UPI details of its invoices.

    With a GSTIN the tenant issues tax invoices, under composition bills of supply, without one receipts. Both families
    of invoices take it, from the next document on. The administrators are notified by mail where customers now pay.
    """
    return profile_settings.save_tax_profile(call)
