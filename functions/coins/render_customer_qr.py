"""GET /api/v1/merchant/customers/{id}/qr"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Raw
from batua.coins.customers import QrOptions, prefetch_customer_by_id, render_qr
from batua.errors import CUSTOMER_NOT_FOUND
from batua.identity.caller import key_caller


@endpoint(
    "GET",
    "/api/v1/merchant/customers/{id}/qr",
    caller=key_caller("customers:read"),
    request=QrOptions,
    errors=(CUSTOMER_NOT_FOUND,),
    prefetch=prefetch_customer_by_id,
    response=Success(media=("image/svg+xml", "image/png")),
    parameters={"id": "The customer, `cust_…`."},
)
def handler(call: Call[QrOptions]) -> Raw:
    """Render the customer's QR code as SVG or PNG.

    The code holds a signed token that merchants of this program can read, until it is renewed.
    """
    return render_qr(call)
