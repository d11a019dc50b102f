"""A customer's entries, as far back as they are certainly theirs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..api.endpoint import Call
from ..customers.model import SILENCE_MS
from ..customers.silence import is_use
from ..ledger.queries import coin_entries
from ..ledger.records.customer_coins import Entry


def own_entries(call: Call[Any], wallet: str, after: str | None, size: int) -> Iterator[Entry]:
    """The wallet's entries, newest first, up to where the number was silent for half a year.

    What nobody had to be there for, such as coins that expired, ends no silence. It is shown where the history goes on.
    """
    scope = call.caller.scope
    later = int(after.rpartition("#")[2]) if after else call.now
    start: Any = coin_entries.start_after(scope, call.caller.tenant.id, after) if after else None
    waiting: list[Entry] = []
    while True:
        page = coin_entries.wallet_statement(call.store, scope, wallet, limit=size, after=start)
        for entry in coin_entries.read_entries(page):
            if later - entry.at > SILENCE_MS:
                return
            waiting.append(entry)
            if is_use(entry):
                later = entry.at
                yield from waiting
                waiting = []
        start = page.last
        if start is None:
            yield from waiting
            return
