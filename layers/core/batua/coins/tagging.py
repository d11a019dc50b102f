"""Putting tags on a customer."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from .. import errors
from ..api.endpoint import Call
from ..api.models import Model
from ..customers.model import loaded_customer
from ..customers.tags import MOST_TAGS, TAG_PATTERN, tags_item
from ..store.customer_keys import customer_tags_key
from ..store.store import Cancelled
from ..store.writes import Check, Condition, Delete, Put, Write
from .customers import CustomerByIdLookup

CustomerTag = Annotated[
    str,
    StringConstraints(pattern=TAG_PATTERN),
    Field(description="Lower-case letters, digits and hyphens, 40 at most.", examples=["vip"]),
]


class ReplaceCustomerTags(Model):
    tags: list[CustomerTag] = Field(max_length=MOST_TAGS, description="The complete list; an empty one removes all.")


class CustomerTags(Model):
    customer_id: str = Field(examples=["cust_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    tags: list[CustomerTag]


def replace_customer_tags(call: Call[ReplaceCustomerTags]) -> CustomerTags:
    """The caller's tenant's tags of a customer become these. Another tenant's stay, and are not told."""
    named: CustomerByIdLookup = call.lookup
    customer = loaded_customer(call.loaded, named.scope, named.id)
    if customer is None or customer.erased_at is not None:
        raise errors.CUSTOMER_NOT_FOUND()
    tags = list(dict.fromkeys(call.input.tags))
    key = customer_tags_key(named.scope, named.id, call.caller.tenant.id)
    change: Write = Put(key, tags_item(tags, call.caller.id, call.now)) if tags else Delete(key)
    act: Any = call.act("customer tags replaced", named.id, tags=", ".join(tags))
    # A customer who has just had their data deleted gets nothing put on them any more.
    there = Check(named.keys[0], Condition(present=("pk",), missing=("erased",)))
    try:
        call.store.commit([change, there, act], caller=call.request.id)
    except Cancelled:
        raise errors.CUSTOMER_NOT_FOUND() from None
    return CustomerTags(customer_id=named.id, tags=tags)
