"""GET /api/v1/marketplace/orders/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.marketplace import orders
from batua.marketplace.models import OrderDetail, OrderQuery


@endpoint(
    "GET",
    "/api/v1/marketplace/orders/{id}",
    caller=user_caller(),
    request=OrderQuery,
    response=OrderDetail,
    errors=orders.ORDER_READ_ERRORS,
    prefetch=orders.prefetch_order,
    parameters={"id": "The order, `mor_…`."},
)
def handler(call: Call[OrderQuery]) -> OrderDetail:
    """Read one order; with `reveal=true`, its cards, for the user who ordered."""
    return orders.read_order(call)
