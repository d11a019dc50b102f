"""POST /api/v1/marketplace/checkout"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.marketplace import checkout
from batua.marketplace.models import Checkout, OrderOut


@endpoint(
    "POST",
    "/api/v1/marketplace/checkout",
    caller=user_caller("coins:redeem"),
    request=Checkout,
    response=Success(OrderOut, status=202),
    errors=checkout.CHECKOUT_ERRORS,
    moves_value=True,
    prefetch=checkout.prefetch_checkout,
)
def handler(call: Call[Checkout]) -> Reply:
    """Order a product for a customer: the price is held, and taken once the vendor has delivered."""
    return checkout.checkout(call)
