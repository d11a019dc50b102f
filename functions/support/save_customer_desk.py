"""PUT /api/v1/tickets/customer-desk"""

from batua.api.endpoint import Call, endpoint
from batua.errors import VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.support.customer_desk import CustomerDeskOut, SaveCustomerDesk, save_customer_desk


@endpoint(
    "PUT",
    "/api/v1/tickets/customer-desk",
    caller=user_caller("tenant:admin"),
    request=SaveCustomerDesk,
    response=CustomerDeskOut,
    errors=(VERSION_CONFLICT,),
)
def handler(call: Call[SaveCustomerDesk]) -> CustomerDeskOut:
    """Save whether your customers can open tickets with you, on their own page. Off by default."""
    return save_customer_desk(call)
