"""POST /api/v1/me/qr/renew"""

from batua import errors
from batua.api.endpoint import Call, endpoint
from batua.coins.customers import QrCodesRevoked
from batua.identity.caller import customer_caller
from batua.me.qr import renew_my_qr


@endpoint(
    "POST",
    "/api/v1/me/qr/renew",
    caller=customer_caller(),
    response=QrCodesRevoked,
    errors=(errors.CUSTOMER_NOT_FOUND,),
)
def handler(call: Call[None]) -> QrCodesRevoked:
    """Revoke every QR code of the customer, printed cards included."""
    return renew_my_qr(call)
