"""GET /api/v1/me/products"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR
from batua.identity.caller import customer_caller
from batua.marketplace.catalogue import prefetch_accounts
from batua.marketplace.models import ProductsQuery
from batua.me.market import list_my_products
from batua.me.market_models import MyProduct


@endpoint(
    "GET",
    "/api/v1/me/products",
    caller=customer_caller(),
    request=ProductsQuery,
    response=list[MyProduct],
    errors=(INVALID_CURSOR,),
    prefetch=prefetch_accounts,
)
def handler(call: Call[ProductsQuery]) -> Reply:
    """List the gift cards in the merchant's marketplace, with their prices in the customer's coins."""
    return list_my_products(call)
