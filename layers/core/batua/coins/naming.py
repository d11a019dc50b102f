"""What a merchant calls a customer."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, StringConstraints

from .. import clock, errors
from ..api.endpoint import Call
from ..api.models import Model
from ..customers.listing import name_writes
from ..customers.model import Customer, loaded_customer, read_customer
from ..store.store import Cancelled, Contended
from ..store.writes import Condition, Update
from .customers import CustomerByIdLookup, knows_customer

_TURNING: Final = re.compile("[\u0080-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Signs that turn text around or can't be seen. Those that join letters of Indian scripts, or parts of an emoji, are
none of them."""


def _seen(name: str) -> str:
    shown = any(unicodedata.category(each)[0] in "LNPS" for each in name)
    if not shown or _TURNING.search(name):
        raise ValueError("must not contain characters that can't be seen or that change the direction of text")
    return name


CustomerName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$"),
    AfterValidator(_seen),
]
_MAX_ATTEMPTS: Final = 4


class UpdateCustomer(Model):
    name: CustomerName | None = Field(description="Null removes it.", examples=["Asha Rao"])


class CustomerUpdated(Model):
    customer_id: str = Field(examples=["cust_21CBYXTED3WGH5X3H3JBPET8VZ"])
    name: str | None = Field(examples=["Asha Rao"])


def update_customer(call: Call[UpdateCustomer]) -> CustomerUpdated:
    """Sets or removes the name, for the merchant who registered the customer and the owner of the program.

    A name is not repeated in the audit trail: it is the customer's, and goes with their data.
    """
    named: CustomerByIdLookup = call.lookup
    customer = loaded_customer(call.loaded, named.scope, named.id)
    name = " ".join(call.input.name.split()) if call.input.name else None
    for _ in range(_MAX_ATTEMPTS):
        if customer is None or customer.erased_at is not None:
            raise errors.CUSTOMER_NOT_FOUND()
        if not knows_customer(call, customer):
            raise errors.FORBIDDEN(
                "Only the merchant who registered this customer, or the program's owner, can do this."
            )
        if _is_said(customer, name, call.now):
            break
        try:
            _rename(call, customer, name)
        except Cancelled:
            record = call.store.read(named.keys)[named.keys[0]]
            customer = read_customer(record) if record else None
        except Contended:
            raise errors.BUSY(headers={"Retry-After": "1"}) from None
        else:
            break
    else:
        raise errors.BUSY(headers={"Retry-After": "1"})
    return CustomerUpdated(customer_id=named.id, name=name)


def _is_said(customer: Customer, name: str | None, now: int) -> bool:
    """Whether a request that comes again would change nothing. A name that was given long ago, or by an import, is
    given anew: it is then the name of whoever has the number today."""
    if name is None:
        return customer.name is None
    return customer.name == name and customer.named_at is not None and now - customer.named_at < clock.DAY_MS


def _rename(call: Call[Any], customer: Customer, name: str | None) -> None:
    """On the condition that the name still is as it was read: the words under which it is found go with it."""
    named: CustomerByIdLookup = call.lookup
    before = customer.name
    there = Condition(
        equal={} if before is None else {"name": before},
        missing=("erased", "name") if before is None else ("erased",),
        present=("pk",),
    )
    change = Update(
        named.keys[0],
        set={} if name is None else {"name": name, "name_at": call.now},
        remove=("name_by", "name", "name_at") if name is None else ("name_by",),
        when=there,
    )
    words = name_writes(named.scope, customer.id, customer.registered_by, before, name)
    act: Any = call.act("customer renamed" if name else "customer name removed", customer.id)
    call.store.commit([change, *words, act], caller=call.request.id)
