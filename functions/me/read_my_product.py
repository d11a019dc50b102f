"""GET /api/v1/me/products/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import customer_caller
from batua.marketplace.catalogue import PRODUCT_ERRORS
from batua.me.market import prefetch_my_product, read_my_product
from batua.me.market_models import MyProductDetail, MyProductQuery


@endpoint(
    "GET",
    "/api/v1/me/products/{id}",
    caller=customer_caller(),
    request=MyProductQuery,
    response=MyProductDetail,
    errors=PRODUCT_ERRORS,
    prefetch=prefetch_my_product,
    parameters={"id": "The product, as in the list."},
)
def handler(call: Call[MyProductQuery]) -> MyProductDetail:
    """Read one product; with `denomination` and `quantity`, the price and what prevents the order."""
    return read_my_product(call)
