"""PUT /api/v1/marketplace/vendors/{vendor}"""

from batua.api.endpoint import Call, endpoint
from batua.errors import NOT_FOUND, VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.marketplace.vendor_accounts import SaveVendorAccount, VendorAccountOut, save_vendor_account


@endpoint(
    "PUT",
    "/api/v1/marketplace/vendors/{vendor}",
    caller=user_caller("tenant:admin", step_up=True),
    request=SaveVendorAccount,
    response=VendorAccountOut,
    errors=(NOT_FOUND, VERSION_CONFLICT),
    parameters={"vendor": "`runa` or `woohoo`."},
)
def handler(call: Call[SaveVendorAccount]) -> VendorAccountOut:
    """Save the account with `runa` or `woohoo` whose gift cards you sell for coins, and their prices.

    Credentials are sealed; those that are left out stay. The catalogue is read within a quarter of an hour, then every
    six hours. The sandbox has accounts of its own, with the vendor's sandbox.
    """
    return save_vendor_account(call)
