"""GET /api/v1/marketplace/products/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.marketplace import catalogue
from batua.marketplace.models import ProductOut, ProductQuery


@endpoint(
    "GET",
    "/api/v1/marketplace/products/{id}",
    caller=user_caller(),
    request=ProductQuery,
    response=ProductOut,
    errors=catalogue.PRODUCT_ERRORS,
    prefetch=catalogue.prefetch_product,
    parameters={"id": "The product, as in the list."},
)
def handler(call: Call[ProductQuery]) -> ProductOut:
    """Read one product; with `denomination`, what a card of that value costs."""
    return catalogue.read_product(call)
