"""Pending coins: given, and counted in the balance, but not to be spent before a day. Pure.

They lie in the lots like any other coins: what is pending is a part of a lot, by the day from which it can be spent.
Nothing has to run when that day comes, and nothing moves: a wallet read on it has them available.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple


class PendingLot(NamedTuple):
    """Coins that can be spent from a day (yyyymmdd) on, in the lot of a month of expiry."""

    day: int
    month: int


PendingCoins = Mapping[PendingLot, int]
"""Coins (minor) by when they can be spent, and by their lot."""


def pending_on(pending: PendingCoins, day: int) -> dict[PendingLot, int]:
    """What still cannot be spent on a day."""
    return {lot: coins for lot, coins in sorted(pending.items()) if lot.day > day and coins}


def pending_lots(pending: PendingCoins) -> dict[int, int]:
    """Pending coins by month of expiry."""
    lots = Counter[int]()
    for lot, coins in pending.items():
        lots[lot.month] += coins
    return dict(lots)


def add_pending(pending: PendingCoins, change: PendingCoins) -> dict[PendingLot, int]:
    added = {lot: pending.get(lot, 0) + change.get(lot, 0) for lot in sorted({*pending, *change})}
    return {lot: coins for lot, coins in added.items() if coins}


def negate_pending(pending: PendingCoins) -> dict[PendingLot, int]:
    return {lot: -coins for lot, coins in pending.items()}


def take_pending(pending: PendingCoins, count: int, *, first: Iterable[PendingLot] = ()) -> dict[PendingLot, int]:
    """So many of the pending coins, of the lots in `first`, then those that can be spent last."""
    order = dict.fromkeys([*(lot for lot in first if lot in pending), *sorted(pending, reverse=True)])
    taken: dict[PendingLot, int] = {}
    for lot in order:
        part = min(pending[lot], count)
        if part > 0:
            taken[lot] = part
            count -= part
    return taken


def beyond_lots(pending: PendingCoins, lots: Mapping[int, int]) -> dict[PendingLot, int]:
    """Pending coins that their lots no longer have, as debt was paid out of them: those spendable last."""
    gone: dict[PendingLot, int] = {}
    for month, coins in pending_lots(pending).items():
        lacking = coins - lots.get(month, 0)
        if lacking > 0:
            gone |= take_pending({lot: n for lot, n in pending.items() if lot.month == month}, lacking)
    return gone


def pending_item(pending: PendingCoins) -> dict[str, int] | None:
    """As an item has it: `20261215-202712`."""
    return {f"{lot.day}-{lot.month}": coins for lot, coins in pending.items()} or None


def read_pending(stored: Mapping[str, int] | None) -> dict[PendingLot, int]:
    found = {}
    for name, coins in (stored or {}).items():
        day, _, month = name.partition("-")
        found[PendingLot(int(day), int(month))] = coins
    return found
