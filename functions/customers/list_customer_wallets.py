"""GET /wallets/customer/{source_id}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import REHOOK
from batua.customers.models import CustomerWallet
from batua.customers.points import RESOURCE_NOT_FOUND, list_points_wallets, prefetch_points_customer
from batua.identity.caller import basic_caller


@endpoint(
    "GET",
    "/wallets/customer/{source_id}",
    caller=basic_caller("points:read"),
    response=list[CustomerWallet],
    errors=(RESOURCE_NOT_FOUND,),
    style=REHOOK,
    prefetch=prefetch_points_customer,
    parameters={"source_id": "The customer, as the application calls it, percent-encoded; or its id, `cust_…`."},
)
def handler(call: Call[None]) -> list[CustomerWallet]:
    """List a customer's wallets with their points."""
    return list_points_wallets(call)
