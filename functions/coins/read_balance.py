"""GET /api/v1/merchant/customers/balance"""

from batua.api.endpoint import Call, endpoint
from batua.coins import customers
from batua.coins.counter import seek_customer
from batua.coins.models import Balance, CustomerReference
from batua.errors import CUSTOMER_NOT_FOUND
from batua.identity.caller import key


@endpoint(
    "GET",
    "/api/v1/merchant/customers/balance",
    caller=key("customers:read"),
    request=CustomerReference,
    response=Balance,
    errors=(CUSTOMER_NOT_FOUND,),
    seek=seek_customer,
)
def handler(call: Call[CustomerReference]) -> Balance:
    """Read a customer's balance, with the coins that expire next."""
    return customers.read_balance(call)
