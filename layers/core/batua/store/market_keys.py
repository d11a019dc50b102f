"""The keys of the marketplace, all in the directory: orders, what the house handed out, and open work.

Every partition begins with a fixed word and, except that of open work, goes on with the scope, as those of rewards do.
"""

from __future__ import annotations

from typing import Final

from ..ids import is_id
from .keys import Key
from .scope import Scope, require_id

OPEN_ORDERS_PARTITION: Final = "MARKETOPEN"
"""Orders that are not settled yet. An item is written with its order and deleted with the settlement."""


def market_order_key(scope: str, order_id: str) -> Key:
    require_id(order_id, "mor")
    return Key("directory", f"MARKETORDER#{Scope.of(scope)}#{order_id}", "MARKETORDER")


def open_order_key(order_id: str) -> Key:
    require_id(order_id, "mor")
    return Key("directory", OPEN_ORDERS_PARTITION, order_id)


def market_orders_partition(scope: str, tenant_id: str) -> str:
    """A tenant's orders in index `by_parent`, by time."""
    require_id(tenant_id, "ten")
    return f"MARKETORDERS#{Scope.of(scope)}#{tenant_id}"


def buyer_partition(scope: str, user_id: str) -> str:
    """What one user has ordered in index `by_name`, by time."""
    if not is_id(user_id, "usr", "key"):
        raise ValueError("not a user's id")
    return f"MARKETBUYER#{Scope.of(scope)}#{user_id}"


def house_claim_key(scope: str, order_id: str) -> Key:
    """What the house has handed out for an order, or that it can't. Written once."""
    require_id(order_id, "mor")
    return Key("directory", f"MARKETORDER#{Scope.of(scope)}#{order_id}", "CLAIM")
