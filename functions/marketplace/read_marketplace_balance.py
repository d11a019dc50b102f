"""GET /api/v1/marketplace/balance"""

from batua.api.endpoint import Call, endpoint
from batua.coins.counter import prefetch_customer
from batua.coins.models import CustomerReference
from batua.errors import CUSTOMER_NOT_FOUND
from batua.identity.caller import user_caller
from batua.marketplace import balance
from batua.marketplace.models import MarketplaceBalance


@endpoint(
    "GET",
    "/api/v1/marketplace/balance",
    caller=user_caller("customers:read"),
    request=CustomerReference,
    response=MarketplaceBalance,
    errors=(CUSTOMER_NOT_FOUND,),
    prefetch=prefetch_customer,
)
def handler(call: Call[CustomerReference]) -> MarketplaceBalance:
    """Read how many coins a customer can spend in the marketplace."""
    return balance.read_marketplace_balance(call)
