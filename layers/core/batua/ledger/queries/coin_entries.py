"""Reads the coin ledger: statements of wallets, the activity of merchants, their months."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ... import clock
from ...store import keys
from ...store.store import Page, Record, Store
from ..model import Original, Shard
from ..posting.shards import read_shard
from ..records.customer_coins import Entry, read_entry, sequence_text


def wallet_statement(
    store: Store, scope: str, wallet: str, *, descending: bool = True, limit: int | None = None, after: Any = None
) -> Page:
    """A wallet's entries by their number. From an index: an entry of the last moments may be missing at its end."""
    partition = keys.wallet_partition(scope, wallet)
    return store.query("ledger", partition, index="statement", descending=descending, limit=limit, after=after)


def merchant_activity(
    store: Store,
    scope: str,
    merchant: str,
    *,
    since: int | None = None,
    until: int | None = None,
    limit: int | None = None,
    after: Any = None,
) -> Page:
    """A merchant's entries, newest first, between two instants (both inclusive)."""
    return store.query(
        "ledger",
        keys.activity_partition(scope, merchant),
        index="activity",
        since=lower_bound(since),
        until=upper_bound(until),
        descending=True,
        limit=limit,
        after=after,
    )


def lower_bound(instant: int | None) -> str | None:
    """The lower bound, inclusive, of what sorts by `<time>#<id>`."""
    return clock.iso_or_none(instant)


def upper_bound(instant: int | None) -> str | None:
    """The upper bound, inclusive: `$` follows `#`, so it takes in everything of its millisecond."""
    return None if instant is None else f"{clock.iso(instant)}$"


def read_entries(page: Page) -> list[Entry]:
    return [read_entry(record) for record in page.items]


def find_transaction(store: Store, scope: str, id: str) -> tuple[Record | None, int]:
    """A transaction's record by its id, and how much of it has been reversed."""
    entry, reversed_sum = keys.transaction_key(scope, id), keys.reversed_sum_key(scope, id)
    found = store.read([entry, reversed_sum])
    return found[entry], (found[reversed_sum] or {}).get("sum", 0)


def original_from(entry: Entry, reversed: int) -> Original:
    """An entry as the original of a reversal. `reversed` is the sum of its reversals so far."""
    return Original(
        id=entry.id,
        kind=entry.kind,  # type: ignore[arg-type]
        wallet=entry.wallet,
        amount=entry.amount,
        lots=entry.spent or entry.lots,
        month=entry.month,
        shard=entry.shard,
        merchant=entry.merchant,
        reversed=reversed,
        day=entry.day,
        spends=entry.spends,
        carried=entry.carried,
        funded=entry.funded,
        payer=entry.payer,
        pending=entry.pending,
        seq=entry.seq,
        earned_before=entry.earned_before,
    )


@dataclass(frozen=True, slots=True)
class MonthTotals:
    """What a merchant issued and redeemed in a month, over all shards (minor units)."""

    month: int
    issued: int
    redeemed: int


def month_totals(store: Store, scope: str, merchant: str, wanted: Sequence[int], shard_count: int) -> list[MonthTotals]:
    """The merchant's months, in the requested order, read strongly consistent.

    `shard_count` is how many shards they are expected to have: further shards of a month take a second read.
    """
    found: dict[tuple[int, int], Shard] = {}

    def look(numbers: Mapping[int, Iterable[int]]) -> None:
        cells = {(month, n): keys.month_key(scope, merchant, n, month) for month, all_ in numbers.items() for n in all_}
        records = store.read(cells.values())
        found.update({(month, n): read_shard(records[key], n) for (month, n), key in cells.items()})

    look({month: range(shard_count) for month in wanted})
    look({month: range(shard_count, found[month, 0].shard_count) for month in wanted})

    def total(month: int) -> MonthTotals:
        shards = [shard for (of, _), shard in found.items() if of == month]
        return MonthTotals(month, sum(s.issued for s in shards), sum(s.redeemed for s in shards))

    return [total(month) for month in wanted]


def start_after(scope: str, merchant: str, position: str) -> dict[str, str]:
    """The start key of a page after `<time>#<transaction>` (activity) or `<seq>#<transaction>#<wallet>` (statement)."""
    first, id, *wallet = position.split("#")
    key = keys.transaction_key(scope, id)
    if wallet:
        partition = {"g1p": keys.wallet_partition(scope, wallet[0]), "g1s": sequence_text(int(first))}
    else:
        partition = {"g2p": keys.activity_partition(scope, merchant), "g2s": position}
    return {"pk": key.pk, "sk": key.sk, **partition}
