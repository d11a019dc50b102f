"""The keys of what leads from an e-mail address of an online order to a customer."""

from __future__ import annotations

from ..ids import is_id
from .scope import Scope


def contacts_partition(scope: str, customer_id: str) -> str:
    """The addresses that lead to one customer, in index `by_parent`."""
    if not is_id(customer_id, "cust"):
        raise ValueError("not a customer's id")
    return f"CONTACTS#{Scope.of(scope)}#{customer_id}"
