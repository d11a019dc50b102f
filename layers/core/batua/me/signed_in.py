"""The customer who is signed in; what signs them in is needed by few."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..api.endpoint import Call
from ..customers import model as customers
from ..customers.model import Customer


def signed_in_customer(call: Call[Any]) -> Customer:
    """The caller's own record, as it was read to admit them."""
    customer = customers.loaded_customer(call.loaded, call.caller.scope, call.caller.id)
    if customer is None:
        raise errors.UNAUTHENTICATED()
    return customer
