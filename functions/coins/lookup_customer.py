"""GET /api/v1/merchant/customers/lookup"""

from batua.api.endpoint import Call, endpoint
from batua.coins.counter import prefetch_profile
from batua.coins.lookup import Lookup, look_up_customer
from batua.coins.models import CustomerReference
from batua.errors import CUSTOMER_NOT_FOUND
from batua.identity.caller import key_caller
from batua.rewards.redeemable import rewards_at_counter


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
    """Find a customer by phone, QR code or wallet id, with their wallet, last visit and the rewards they can redeem."""
    return look_up_customer(call, rewards_at_counter)
