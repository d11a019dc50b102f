"""The keys of the marketplace, all in the directory: vendor accounts, their products, orders, and open work.

Every partition begins with a fixed word and, except that of open work, goes on with the scope, as those of rewards do.
"""

from __future__ import annotations

from typing import Final

from ..ids import is_id
from .keys import Key
from .scope import Scope, require_id

OPEN_ORDERS_PARTITION: Final = "MARKETOPEN"
"""Orders that are not settled yet. An item is written with its order and deleted with the settlement."""

VENDOR_ACCOUNTS_PARTITION: Final = "MARKETACCOUNTS"
"""All vendor accounts, so that their catalogues are refreshed."""


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
    """What one user, or a customer by themselves, has ordered in index `by_name`, by time."""
    if not is_id(user_id, "usr", "key", "cust"):
        raise ValueError("not the id of a user or customer")
    return f"MARKETBUYER#{Scope.of(scope)}#{user_id}"


def house_claim_key(scope: str, order_id: str) -> Key:
    """What the house has handed out for an order, or that it can't. Written once."""
    require_id(order_id, "mor")
    return Key("directory", f"MARKETORDER#{Scope.of(scope)}#{order_id}", "CLAIM")


def market_product_key(scope: str, product_id: str) -> Key:
    """A vendor's product, as its catalogue was read last."""
    require_id(product_id, "prd")
    return Key("directory", f"MARKETPRODUCT#{Scope.of(scope)}#{product_id}", "PRODUCT")


def market_products_partition(scope: str, tenant_id: str) -> str:
    """The products of a tenant's vendor accounts in index `by_parent`, by title."""
    require_id(tenant_id, "ten")
    return f"MARKETPRODUCTS#{Scope.of(scope)}#{tenant_id}"


def vendor_token_key(scope: str, tenant_id: str, vendor: str, generation: int) -> Key:
    """A vendor's access token, sealed, of one generation of the account's credentials."""
    account = vendor_account_key(scope, tenant_id, vendor)
    return Key("directory", account.pk, f"{account.sk}#TOKEN#{generation}")


def vendor_catalogue_key(scope: str, tenant_id: str, vendor: str) -> Key:
    """How the last refresh of a vendor's catalogue went."""
    account = vendor_account_key(scope, tenant_id, vendor)
    return Key("directory", account.pk, f"{account.sk}#CATALOGUE")


def vendor_hook_key(hook_id: str) -> Key:
    """Whose vendor account a webhook's address is of, and the secret of its signatures."""
    require_id(hook_id, "vhk")
    return Key("directory", f"MARKETHOOK#{hook_id}", "HOOK")


def vendor_account_key(scope: str, tenant_id: str, vendor: str) -> Key:
    require_id(tenant_id, "ten")
    if not vendor.isalpha():
        raise ValueError("not a vendor")
    return Key("directory", f"MARKETACCOUNT#{Scope.of(scope)}#{tenant_id}", vendor.upper())
