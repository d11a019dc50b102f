"""GET /api/v1/merchant/customers/balance"""

from batua.api.endpoint import Call, endpoint
from batua.coins import customers
from batua.coins.counter import prefetch_customer
from batua.coins.models import CustomerBalance, CustomerReference
from batua.errors import CUSTOMER_NOT_FOUND
from batua.identity.caller import key_caller


@endpoint(
    "GET",
    "/api/v1/merchant/customers/balance",
    caller=key_caller("customers:read"),
    request=CustomerReference,
    response=CustomerBalance,
    errors=(CUSTOMER_NOT_FOUND,),
    prefetch=prefetch_customer,
)
def handler(call: Call[CustomerReference]) -> CustomerBalance:
    """Read a customer's balance, with the coins that expire next."""
    return customers.read_customer_balance(call)
