"""GET /api/v1/me/orders"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR
from batua.identity.caller import customer_caller
from batua.me.market_models import MyOrder, MyOrdersQuery
from batua.me.own_orders import list_my_orders


@endpoint(
    "GET",
    "/api/v1/me/orders",
    caller=customer_caller(),
    request=MyOrdersQuery,
    response=list[MyOrder],
    errors=(INVALID_CURSOR,),
)
def handler(call: Call[MyOrdersQuery]) -> Reply:
    """List the customer's orders, their own and those placed at a counter, newest first."""
    return list_my_orders(call)
