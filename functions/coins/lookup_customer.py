"""GET /api/v1/merchant/customers/lookup"""

from batua.api.endpoint import Call, endpoint
from batua.coins.counter import seek_profile
from batua.coins.customers import lookup
from batua.coins.models import CustomerReference, Lookup
from batua.errors import CUSTOMER_NOT_FOUND
from batua.identity.caller import key


@endpoint(
    "GET",
    "/api/v1/merchant/customers/lookup",
    caller=key("customers:read"),
    request=CustomerReference,
    response=Lookup,
    errors=(CUSTOMER_NOT_FOUND,),
    seek=seek_profile,
)
def handler(call: Call[CustomerReference]) -> Lookup:
    """Find a customer by phone number, QR code or wallet id, with its wallet and last visit."""
    return lookup(call)
