"""Keys of what a tenant says of a customer: beside the customer's record, and the tenant's own in a network too."""

from __future__ import annotations

from typing import Final

from .keys import Key, customer_key
from .scope import require_id

CUSTOMER_TAGS: Final = "TAGS#"
"""Sort keys of the tags of one customer begin so; the tenant whose they are follows."""


def customer_tags_key(scope: str, customer_id: str, tenant_id: str) -> Key:
    require_id(tenant_id, "ten")
    return Key("directory", customer_key(scope, customer_id).pk, f"{CUSTOMER_TAGS}{tenant_id}")
