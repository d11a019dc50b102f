"""GET /api/v1/marketplace/products"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR
from batua.identity.caller import user_caller
from batua.marketplace import catalogue, product_list
from batua.marketplace.models import ProductOut, ProductsQuery


@endpoint(
    "GET",
    "/api/v1/marketplace/products",
    caller=user_caller(),
    request=ProductsQuery,
    response=list[ProductOut],
    errors=(INVALID_CURSOR,),
    prefetch=catalogue.prefetch_accounts,
)
def handler(call: Call[ProductsQuery]) -> Reply:
    """List the products on offer with their prices in coins."""
    return product_list.list_products(call)
