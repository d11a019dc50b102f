"""GET /api/v1/merchant/customers/lookup"""

from batua.api.endpoint import Call, endpoint
from batua.coins.counter import prefetch_profile
from batua.coins.customers import look_up_customer
from batua.coins.models import CustomerReference, Lookup
from batua.errors import CUSTOMER_NOT_FOUND
from batua.identity.caller import key_caller


@endpoint(
    "GET",
    "/api/v1/merchant/customers/lookup",
    caller=key_caller("customers:read"),
    request=CustomerReference,
    response=Lookup,
    errors=(CUSTOMER_NOT_FOUND,),
    prefetch=prefetch_profile,
)
def handler(call: Call[CustomerReference]) -> Lookup:
    """Find a customer by phone number, QR code or wallet id, with its wallet and last visit."""
    return look_up_customer(call)
