"""Reads what an export holds: calls the use cases of other endpoints for the user who asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from ..api.endpoint import Call
from ..api.request import Request
from ..api.styles import Reply, plain_value
from ..identity.caller import Caller
from ..store.store import Store

CollectionPage = tuple[list[Any], str | None]
"""Rows, and the cursor of the page that follows."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Calls the use cases of other endpoints for the user who asked for the export."""

    store: Store
    caller: Caller
    now: int
    seen: set[str] = field(default_factory=set)
    """Ids of a collection's rows in the files before this one, where its list shows a thing more than once."""

    def call(
        self, use_case: str, content: Any = None, *, lookup: str | None = None, path: Mapping[str, str] | None = None
    ) -> Reply:
        """`use_case` and `lookup` are `module:function` in this library. Imported when it is needed: an export in
        parts reads few collections in one execution."""
        event = {
            "headers": {},
            "pathParameters": dict(path or {}),
            "requestContext": {"http": {"method": "GET", "sourceIp": self.caller.address}},
        }
        request = Request(event)
        wanted = named_use_case(lookup)(self.caller.claims, content, request) if lookup else None
        loaded = self.store.read(wanted.keys) if wanted else {}
        answer = named_use_case(use_case)(Call(content, request, self.store, self.now, loaded, wanted, self.caller))
        return answer if isinstance(answer, Reply) else Reply(answer)

    def rows(self, use_case: str, **how: Any) -> list[Any]:
        data = plain_value(self.call(use_case, **how).data)
        return data if isinstance(data, list) else [data]


def named_use_case(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(f"batua.{module}"), name)
