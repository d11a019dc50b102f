"""Labels that a tenant gives its customers, such as `vip` or `staff`, to decide who can redeem a reward.

In a network each tenant has its own: what one merchant calls a customer is not another's to see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..store.customer_keys import CUSTOMER_TAGS, customer_tags_key
from ..store.keys import Key, customer_key
from ..store.store import Record, Store
from ..store.writes import ABSENT, Condition, Put

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


def tags_since(store: Store, scope: str, customer: str, since: int) -> list[str]:
    """Every tag that any tenant of the books has put on a customer from then on, once, in order."""
    rows = store.query_all("directory", customer_key(scope, customer).pk, beginning=CUSTOMER_TAGS)
    return sorted({tag for row in rows if row["at"] >= since for tag in read_tags(row)})


def carried_tags(store: Store, scope: str, source: str, target: str, now: int) -> list[Put]:
    """What gives one customer the tags of another, each tenant's its own: the target's first, up to the limit.

    Each under the condition that the target's are as they were read. What changes nothing is not written.
    """
    puts = []
    rows = store.query_all("directory", customer_key(scope, source).pk, beginning=CUSTOMER_TAGS, consistent=True)
    given = {row["sk"].removeprefix(CUSTOMER_TAGS): row for row in rows}
    places = {tenant: customer_tags_key(scope, target, tenant) for tenant in given}
    found = store.read(places.values()) if places else {}
    for tenant, key in places.items():
        there, before = found[key], read_tags(found[key])
        after = tuple(dict.fromkeys((*before, *read_tags(given[tenant]))))[:MOST_TAGS]
        if after != before:
            as_read = Condition(equal={"at": there["at"], "tags": list(before)}) if there else ABSENT
            puts.append(Put(key, tags_item(after, given[tenant]["by"], now), when=as_read))
    return puts
