"""PUT /api/v1/merchant/customers/{id}/tags"""

from batua.api.endpoint import Call, endpoint
from batua.coins.customers import prefetch_customer_by_id
from batua.coins.tagging import CustomerTags, ReplaceCustomerTags, replace_customer_tags
from batua.errors import CUSTOMER_NOT_FOUND
from batua.identity.caller import key_caller


@endpoint(
    "PUT",
    "/api/v1/merchant/customers/{id}/tags",
    caller=key_caller("customers:write"),
    request=ReplaceCustomerTags,
    response=CustomerTags,
    errors=(CUSTOMER_NOT_FOUND,),
    prefetch=prefetch_customer_by_id,
    parameters={"id": "The customer, `cust_…`."},
)
def handler(call: Call[ReplaceCustomerTags]) -> CustomerTags:
    """Replace the tags that your tenant has given a customer. Rewards can be limited to customers with a tag."""
    return replace_customer_tags(call)
