"""PUT /wallets/customer/{source_id}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import REHOOK
from batua.customers import points
from batua.customers.models import RegisteredCustomer
from batua.customers.points import RESOURCE_NOT_FOUND, prefetch_points_customer
from batua.identity.caller import basic_caller


@endpoint(
    "PUT",
    "/wallets/customer/{source_id}",
    caller=basic_caller("points:write"),
    response=RegisteredCustomer,
    errors=(RESOURCE_NOT_FOUND,),
    style=REHOOK,
    prefetch=prefetch_points_customer,
    parameters={"source_id": "The customer, as the application calls it, percent-encoded; or its id, `cust_…`."},
)
def handler(call: Call[None]) -> RegisteredCustomer:
    """Register a customer under the application's own id. Repeating the request changes nothing."""
    return points.register_customer(call)
