"""What a customer's coins were taken or held for: records whose ids differ from those of the entries in the prefix
only. The entries lead to them, so that the history of a number ends for them where it ends for its coins."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any, Final, Protocol, TypeVar

from ..api import cursor
from ..api.endpoint import Call
from ..coins import counter
from ..customers import model as customers
from ..ledger.model import Program
from ..store.keys import Key
from ..store.store import Record
from .statement import own_entries

_BATCH_SIZE: Final = 50
_MAX_SCANNED: Final = 1_000


class _WithState(Protocol):
    @property
    def state(self) -> str: ...


_Opened = TypeVar("_Opened", bound=_WithState)


def opened_records(
    call: Call[Any],
    kinds: Collection[str],
    key_of: Callable[[str], Key],
    after: str | None = None,
    program: Program | None = None,
) -> Iterator[tuple[str, Record | None]]:
    """Each entry of these kinds of the wallet in a program (the merchant's own where left out): its place, and the
    record that it opened, if that is the customer's. `key_of` takes the entry's id."""
    scope, program = call.caller.scope, program or counter.program_of(call.caller)
    wallet = customers.customer_wallet_id(scope, program.id, call.caller.id)
    batch: list[tuple[str, Key]] = []
    for entry in own_entries(call, wallet, after, 100):
        if entry.kind not in kinds:
            continue
        batch.append((f"{entry.seq}#{entry.id}#{entry.wallet}#{entry.at}", key_of(entry.id)))
        if len(batch) == _BATCH_SIZE:
            yield from _read_batch(call, batch)
            batch = []
    yield from _read_batch(call, batch)


def take_opened(
    call: Call[Any], name: str, opened_after: Callable[[str | None], Iterator[tuple[str, _Opened | None]]]
) -> tuple[list[_Opened], dict[str, Any]]:
    """A page of a customer's own list with the filter on the state, the newest first, and its `meta`.

    `name` is the list's in its cursors; `opened_after` gives all of the customer's records after a place.
    """
    caller, query = call.caller, call.input
    bound = {"list": name, "scope": caller.scope, "customer": caller.id, "state": query.state}
    after = cursor.open_cursor(caller.tenant.id, bound, query.cursor) if query.cursor else None
    fitting = (
        (place, opened if opened and query.state in (None, opened.state) else None)
        for place, opened in opened_after(after)
    )
    page, following = cursor.take_page(fitting, query.limit, _MAX_SCANNED)
    sealed = cursor.seal_cursor(caller.tenant.id, bound, following) if following else None
    return page, {"next_cursor": sealed, "limit": query.limit}


def _read_batch(call: Call[Any], batch: list[tuple[str, Key]]) -> Iterator[tuple[str, Record | None]]:
    found = call.store.read(key for _, key in batch) if batch else {}
    for place, key in batch:
        yield place, found[key]
