"""POST /api/v1/merchant/customers/{id}/qr"""

from batua.api.endpoint import Call, endpoint
from batua.coins.customers import QrCodesRevoked, prefetch_customer_by_id, revoke_qr_codes
from batua.errors import CUSTOMER_NOT_FOUND
from batua.identity.caller import key_caller


@endpoint(
    "POST",
    "/api/v1/merchant/customers/{id}/qr",
    caller=key_caller("customers:write"),
    response=QrCodesRevoked,
    errors=(CUSTOMER_NOT_FOUND,),
    prefetch=prefetch_customer_by_id,
    parameters={"id": "The customer, `cust_…`."},
)
def handler(call: Call[None]) -> QrCodesRevoked:
    """Revoke every QR code of the customer, after one was lost or copied."""
    return revoke_qr_codes(call)
