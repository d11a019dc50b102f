"""GET /api/v1/me/orders/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import customer_caller
from batua.marketplace.models import OrderQuery
from batua.marketplace.orders import ORDER_READ_ERRORS, prefetch_order
from batua.me.market_models import MyOrderDetail
from batua.me.own_orders import read_my_order


@endpoint(
    "GET",
    "/api/v1/me/orders/{id}",
    caller=customer_caller(step_up=True),
    request=OrderQuery,
    response=MyOrderDetail,
    errors=ORDER_READ_ERRORS,
    prefetch=prefetch_order,
    parameters={"id": "The order, `mor_…`."},
)
def handler(call: Call[OrderQuery]) -> MyOrderDetail:
    """Read one of the customer's orders; with `reveal=true`, its cards. Needs a fresh code."""
    return read_my_order(call)
