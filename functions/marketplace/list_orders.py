"""GET /api/v1/marketplace/orders"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.marketplace import orders
from batua.marketplace.models import ListedOrder, OrdersQuery


@endpoint(
    "GET",
    "/api/v1/marketplace/orders",
    caller=user_caller(),
    request=OrdersQuery,
    response=list[ListedOrder],
    errors=orders.ORDER_LIST_ERRORS,
)
def handler(call: Call[OrdersQuery]) -> Reply:
    """List the orders that you placed for customers, newest first; administrators can list all."""
    return orders.list_orders(call)
