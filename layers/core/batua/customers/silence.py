"""A phone number that was unused for half a year may have a new owner.

What was said about its customer before such a silence (a birthday, a name, a tag) is then not shown to who has the
number now, as their history is not, until somebody says it anew. Nothing is deleted: the merchant's records stay, and
whoever comes back after a long time says it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ..ledger.campaigns import GIFTS
from ..ledger.model import Program
from ..ledger.queries import coin_entries
from ..ledger.records.customer_coins import Entry
from ..store.store import Store
from .model import SILENCE_MS, customer_wallet_id

_PAGE_SIZE: Final = 100


def is_use(entry: Entry) -> bool:
    """Whether an entry shows that the number was in use. Expired coins, and coins given by a job, do not."""
    return entry.kind != "expire" and (entry.campaign is None or entry.campaign.how not in GIFTS)


def held_since(
    store: Store, scope: str, program: Program, customer: str, *, back_to: int, now: int | None = None
) -> int:
    """From when on the number was certainly its present holder's; no further back than matters for `back_to`.

    `now`: when the holder is here, which is a use; None where nobody is, so that the last use counts.
    """
    reached = now
    if reached is not None and reached - back_to <= SILENCE_MS:
        return back_to
    for at in _uses(store, scope, customer_wallet_id(scope, program.id, customer)):
        if reached is not None and reached - at > SILENCE_MS:
            break
        reached = at
        if at - back_to <= SILENCE_MS:
            return back_to
    return back_to if reached is None else reached - SILENCE_MS


def _uses(store: Store, scope: str, wallet: str) -> Iterator[int]:
    """When the number was used in a program, the latest first."""
    start: Any = None
    while True:
        page = coin_entries.wallet_statement(store, scope, wallet, limit=_PAGE_SIZE, after=start)
        yield from (entry.at for entry in coin_entries.read_entries(page) if is_use(entry))
        start = page.last
        if start is None:
            return
