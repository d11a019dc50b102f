"""POST /api/v1/me/orders"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.identity.caller import customer_caller
from batua.marketplace.checkout import CHECKOUT_ERRORS
from batua.me.market import place_my_order, prefetch_my_order
from batua.me.market_models import MyOrder, OrderMyProduct


@endpoint(
    "POST",
    "/api/v1/me/orders",
    caller=customer_caller(step_up=True),
    request=OrderMyProduct,
    response=Success(MyOrder, status=202),
    errors=CHECKOUT_ERRORS,
    moves_value=True,
    prefetch=prefetch_my_order,
)
def handler(call: Call[OrderMyProduct]) -> Reply:
    """Order a product with the customer's own coins. Needs a fresh code; the session alone is not consent.

    The price is held, and taken once the vendor has delivered. What is not delivered comes back.
    """
    return place_my_order(call)
