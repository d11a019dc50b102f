"""Lists of what stands under a tenant, page by page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

from ..api import cursor
from ..api.endpoint import Call
from ..store import keys
from ..store.store import Record

T = TypeVar("T")


def tenant_items_page(
    call: Call[Any],
    kind: Literal["DOCUMENT", "USER"],
    filters: Mapping[str, Any],
    read: Callable[[Record], T | None],
    *,
    descending: bool = False,
) -> tuple[list[T], dict[str, Any]]:
    """The next items of one kind, by their ids, and the `meta` of the answer. `read` gives None for what is left out.

    The query has a `limit` and a `cursor`, which is good for these filters alone.
    """
    query, tenant = call.input, call.caller.tenant.id
    partition, beginning = keys.tenant_items_range(tenant, kind)
    after: dict[str, Any] | None = None
    if query.cursor:
        after = {"pk": partition, "sk": beginning + cursor.open_cursor(tenant, filters, query.cursor)}
    found: list[tuple[str, T]] = []
    while len(found) <= query.limit:
        page = call.store.query(
            "directory",
            partition,
            beginning=beginning,
            descending=descending,
            limit=query.limit + 1,
            after=after,
            consistent=True,
        )
        for record in page.items:
            item = read(record)
            if item is not None:
                found.append((record["sk"].removeprefix(beginning), item))
        after = page.last
        if after is None:
            break
    following = None
    if len(found) > query.limit:
        following = cursor.seal_cursor(tenant, filters, found[query.limit - 1][0])
    return [item for _, item in found[: query.limit]], {"next_cursor": following, "limit": query.limit}
