"""Words that a tenant puts on its customers, such as `vip` or `staff`: to find out who may have a reward.

In a network each tenant has its own: what one merchant calls a customer is not another's to see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..store.customer_keys import CUSTOMER_TAGS, customer_tags_key
from ..store.keys import Key, customer_key
from ..store.store import Record, Store

MOST_TAGS: Final = 20
TAG_PATTERN: Final = r"^[a-z0-9][a-z0-9-]{0,39}$"


def tags_item(tags: Iterable[str], by: str, now: int, **more: Any) -> dict[str, Any]:
    return {"tags": list(dict.fromkeys(tags)), "by": by, "at": now, **more}


def read_tags(record: Record | None) -> tuple[str, ...]:
    return tuple(record["tags"]) if record else ()


def load_tags(store: Store, scope: str, customer: str, tenants: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """The tags that each of these tenants has put on a customer. No read for no tenant."""
    wanted = {tenant: customer_tags_key(scope, customer, tenant) for tenant in tenants}
    found = store.read(wanted.values(), consistent=False) if wanted else {}
    return {tenant: frozenset(read_tags(found[key])) for tenant, key in wanted.items()}


def all_tags(store: Store, scope: str, customer: str) -> dict[Key, tuple[str, ...]]:
    """Everything that any tenant of the books has put on a customer, by its key."""
    rows = store.query_all("directory", customer_key(scope, customer).pk, beginning=CUSTOMER_TAGS)
    return {Key("directory", row["pk"], row["sk"]): read_tags(row) for row in rows}
