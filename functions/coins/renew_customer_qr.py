"""POST /api/v1/merchant/customers/{id}/qr"""

from batua.api.endpoint import Call, endpoint
from batua.coins.customers import QrRenewed, renew_qr, seek_named
from batua.errors import CUSTOMER_NOT_FOUND
from batua.identity.caller import key


@endpoint(
    "POST",
    "/api/v1/merchant/customers/{id}/qr",
    caller=key("customers:write"),
    response=QrRenewed,
    errors=(CUSTOMER_NOT_FOUND,),
    seek=seek_named,
    parameters={"id": "The customer, `cust_…`."},
)
def handler(call: Call[None]) -> QrRenewed:
    """Revoke every QR code of the customer that was rendered so far, for one that was lost or copied."""
    return renew_qr(call)
