"""Reads tenant wallets: balances, statements, activity, and what a wallet held at an instant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from ... import clock
from ...store import keys
from ...store.store import Page, Record, Store
from ..decisions.tenant_money import FundsBalance, TenantWallet
from ..records.tenant_money import FundsEntry, read_funds_balance, read_line
from . import coin_entries

SETTLED_MS: Final = 2 * clock.DAY_MS
"""Totals of days this long past are complete: a stream keeps what it has not delivered for one day."""


def load_balances(store: Store, *wallets: TenantWallet) -> dict[str, FundsBalance]:
    """Balances by wallet id, strongly read. An empty wallet may have no item."""
    found = store.read(wallet.key for wallet in wallets)
    return {wallet.id: read_funds_balance(found[wallet.key]) or FundsBalance() for wallet in wallets}


def load_wallet_records(
    store: Store, scope: str, *, limit: int | None = None, after: str | None = None
) -> tuple[list[Record], str | None]:
    """The items of a tenant's own wallets, by their ids, and after which id the list goes on; None where it ends."""
    partition = keys.funds_wallets_partition(scope)
    start: Any = None
    if after is not None:
        key = keys.funds_wallet_key(scope, after)
        start = {"pk": key.pk, "sk": key.sk, "g3p": partition, "g3s": after}
    page = store.query("ledger", partition, index="due", limit=limit, after=start)
    found = store.read(keys.funds_wallet_key(scope, row["g3s"]) for row in page.items)
    return [record for record in found.values() if record], page.items[-1]["g3s"] if page.last else None


def funds_statement(
    store: Store,
    wallet: TenantWallet,
    *,
    since: int | None = None,
    until: int | None = None,
    descending: bool = False,
    limit: int | None = None,
    after: Any = None,
) -> Page:
    """A wallet's lines by time, between two instants (both inclusive). From an index, a moment behind the table."""
    return store.query(
        "ledger",
        keys.funds_statement_partition(wallet.scope, wallet.id),
        index="statement",
        since=coin_entries.lower_bound(since),
        until=coin_entries.upper_bound(until),
        descending=descending,
        limit=limit,
        after=after,
    )


def all_lines(store: Store, wallet: TenantWallet, **bounds: int | None) -> Iterator[FundsEntry]:
    """Every line of a wallet between `since` and `until`, the oldest first."""
    partition = keys.funds_statement_partition(wallet.scope, wallet.id)
    limits = {
        "since": coin_entries.lower_bound(bounds.get("since")),
        "until": coin_entries.upper_bound(bounds.get("until")),
    }
    return map(read_line, store.query_all("ledger", partition, index="statement", **limits))


def lines(page: Page) -> list[FundsEntry]:
    return [read_line(record) for record in page.items]


def balance_at(store: Store, wallet: TenantWallet, instant: int, now: int) -> int:
    """What a wallet held, held amounts included, just before an instant: the opening balance of a period from there on.

    Whole months and days that are complete come from the totals, what is left (at most some days) from the lines.
    """
    settled = (min(instant, now - SETTLED_MS) // clock.DAY_MS) * clock.DAY_MS
    day = clock.local_day(settled, "UTC")
    partition = keys.wallet_days_partition(wallet.scope, wallet.id)
    first = day // 100 * 100
    days = store.query_all("directory", partition, since=f"D#{first:08d}", until=f"D#{day - 1:08d}")
    months = store.query_all("directory", partition, since="M#", until=f"M#{day // 100 - 1:06d}")
    before: int = sum(row.get("in", 0) - row.get("out", 0) for row in (*days, *months))
    return before + net_change(all_lines(store, wallet, since=settled, until=instant - 1))


def net_change(entries: Iterable[FundsEntry]) -> int:
    """What lines add to a wallet's whole balance. A hold adds nothing."""
    return sum(entry.line.change + entry.line.amount_on("held") for entry in entries)
