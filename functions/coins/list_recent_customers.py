"""GET /api/v1/merchant/customers/recent"""

from batua.api.endpoint import Call, endpoint
from batua.coins.customers import recent_customers
from batua.coins.models import RecentCustomer, RecentCustomers
from batua.identity.caller import key_caller


@endpoint(
    "GET",
    "/api/v1/merchant/customers/recent",
    caller=key_caller("customers:read"),
    request=RecentCustomers,
    response=list[RecentCustomer],
)
def handler(call: Call[RecentCustomers]) -> list[RecentCustomer]:
    """List the customers served most recently, each once, to issue again with two taps."""
    return recent_customers(call)
