"""POST /api/v1/marketplace/vendors/{vendor}/test"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.marketplace.vendor_test import VENDOR_TEST_ERRORS, VendorTest, check_vendor_account


@endpoint(
    "POST",
    "/api/v1/marketplace/vendors/{vendor}/test",
    caller=user_caller("tenant:admin"),
    response=VendorTest,
    errors=VENDOR_TEST_ERRORS,
    parameters={"vendor": "`runa` or `woohoo`."},
)
def handler(call: Call[None]) -> VendorTest:
    """Test the connection to a vendor with the saved credentials. Nothing is ordered."""
    return check_vendor_account(call)
