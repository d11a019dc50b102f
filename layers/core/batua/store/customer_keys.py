"""Keys of what a tenant says of a customer, and of its place in the tenant's list of customers.

They stand beside the customer's record, so that whatever forgets a customer finds them there. Numbers and names are in
the keys of an index alone: keys of the table reach the logs of other services.
"""

from __future__ import annotations

from typing import Final

from .keys import Key, customer_key
from .scope import Scope, require_id

CUSTOMER_TAGS: Final = "TAGS#"
"""Sort keys of the tags of one customer begin so; the tenant whose they are follows."""


def customer_tags_key(scope: str, customer_id: str, tenant_id: str) -> Key:
    require_id(tenant_id, "ten")
    return Key("directory", customer_key(scope, customer_id).pk, f"{CUSTOMER_TAGS}{tenant_id}")


CUSTOMER_LISTED: Final = "LISTED#"
"""Sort keys of a customer's places in tenants' lists begin so."""


def listed_customer_key(scope: str, customer_id: str, tenant_id: str) -> Key:
    """That a customer is one of a tenant's: served by it, or brought in by it."""
    require_id(tenant_id, "ten")
    return Key("directory", customer_key(scope, customer_id).pk, f"{CUSTOMER_LISTED}{tenant_id}")


def listed_word_key(scope: str, customer_id: str, tenant_id: str, number: int) -> Key:
    """One word of the customer's name, as a tenant may look for it."""
    place = listed_customer_key(scope, customer_id, tenant_id)
    return place._replace(sk=f"{place.sk}#{number}")


def listed_customers_partition(scope: str, tenant_id: str) -> str:
    """In index `by_name`: a tenant's customers, those who have not come yet apart from the others."""
    require_id(tenant_id, "ten")
    return f"{Scope.of(scope)}#LISTED#{tenant_id}"


LISTED_WAITING: Final = "W#"
LISTED_SERVED: Final = "S#"


def customers_by_number_partition(scope: str, tenant_id: str, digit: str) -> str:
    """In index `by_parent`: a tenant's customers by their number from its end, whose last digit this is."""
    return f"{listed_customers_partition(scope, tenant_id)}#{digit}"


def customers_by_word_partition(scope: str, tenant_id: str, letter: str) -> str:
    """In index `by_parent`: the words of a tenant's customers' names that begin with a letter."""
    return f"{listed_customers_partition(scope, tenant_id)}#W{letter}"
