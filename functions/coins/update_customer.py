"""PATCH /api/v1/merchant/customers/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.coins.customers import prefetch_customer_by_id
from batua.coins.naming import CustomerUpdated, UpdateCustomer, update_customer
from batua.errors import CUSTOMER_NOT_FOUND
from batua.identity.caller import key_caller


@endpoint(
    "PATCH",
    "/api/v1/merchant/customers/{id}",
    caller=key_caller("customers:write"),
    request=UpdateCustomer,
    response=CustomerUpdated,
    errors=(CUSTOMER_NOT_FOUND,),
    prefetch=prefetch_customer_by_id,
    parameters={"id": "The customer, `cust_…`."},
)
def handler(call: Call[UpdateCustomer]) -> CustomerUpdated:
    """Change a customer's name, or remove it. For the merchant who registered the customer, and the program's owner."""
    return update_customer(call)
