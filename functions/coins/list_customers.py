"""GET /api/v1/merchant/customers"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.coins.customer_list import CustomersQuery, ListedCustomer, list_customers
from batua.errors import INVALID_CURSOR
from batua.identity.caller import key_caller


@endpoint(
    "GET",
    "/api/v1/merchant/customers",
    caller=key_caller("customers:read"),
    request=CustomersQuery,
    response=list[ListedCustomer],
    errors=(INVALID_CURSOR,),
)
def handler(call: Call[CustomersQuery]) -> Reply:
    """List the merchant's customers, who came last first; with `q`, those whom a name or the end of a number finds.

    Those whom an import brought in and who have not come yet follow at the end. A page may hold fewer than `limit` and
    still lead on.
    """
    return list_customers(call)
