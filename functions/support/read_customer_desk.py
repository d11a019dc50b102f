"""GET /api/v1/tickets/customer-desk"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.support.customer_desk import CustomerDeskOut, read_customer_desk


@endpoint(
    "GET",
    "/api/v1/tickets/customer-desk",
    caller=user_caller("tenant:admin"),
    response=CustomerDeskOut,
)
def handler(call: Call[None]) -> CustomerDeskOut:
    """Read whether your customers can open tickets with you."""
    return read_customer_desk(call)
