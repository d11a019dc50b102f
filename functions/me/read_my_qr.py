"""GET /api/v1/me/qr"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import customer_caller
from batua.me.coin_models import MyQr, MyQrQuery
from batua.me.qr import read_my_qr


@endpoint(
    "GET",
    "/api/v1/me/qr",
    caller=customer_caller(),
    request=MyQrQuery,
    response=MyQr,
)
def handler(call: Call[MyQrQuery]) -> MyQr:
    """Show the customer's QR code for the counter. It is valid for ten minutes; one for offline use, for a day."""
    return read_my_qr(call)
