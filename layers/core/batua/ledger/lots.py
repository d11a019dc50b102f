"""Lots: coins by the month in which they expire, and what of them is pending. Pure; a lot map has no empty lots.

Pending coins lie in the lots like any other coins: what is pending is a part of a lot, by the day from which it can be
spent. Nothing has to run when that day comes, and nothing moves: a wallet read on it has them available.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ..clock import NO_EXPIRY, add_months

Lots = Mapping[int, int]
"""Expiry month (yyyymm) -> coins (minor)."""


def expiry_month(month: int, expiry_months: int | None) -> int:
    """Coins issued in a month live to the end of the month that many months later."""
    return NO_EXPIRY if expiry_months is None else add_months(month, expiry_months)


def expired_lots(lots: Lots, month: int) -> dict[int, int]:
    """The lots that are past in a month."""
    return {expiry: count for expiry, count in lots.items() if expiry < month}


def take_fifo(lots: Lots, count: int) -> dict[int, int]:
    """So many coins out of the lots, those that expire earliest first."""
    return _take(sorted(lots.items()), count)


def take_lifo(lots: Lots, count: int, *, skip: int = 0) -> dict[int, int]:
    """So many coins out of the lots, those that expire latest first, after passing over some."""
    passed = _take(sorted(lots.items(), reverse=True), skip)
    return _take(sorted(subtract_lots(lots, passed).items(), reverse=True), count)


def take_from_month(lots: Lots, month: int, count: int) -> dict[int, int]:
    """So many coins, of one month's lot as far as it goes, then the earliest."""
    return _take(sorted(lots.items(), key=lambda lot: (lot[0] != month, lot[0])), count)


@dataclass(frozen=True, slots=True)
class LotSettlement:
    """A wallet's lots and debt after a movement, and the lots that left because they were past."""

    lots: dict[int, int]
    debt: int
    past: dict[int, int]


def settle_lots(lots: Lots, debt: int, given: Lots, month: int) -> LotSettlement:
    """Applies a movement, lets go what is past (it may have come back only now), and pays debt out of the rest."""
    moved = add_lots(lots, given)
    past = expired_lots(moved, month)
    live = subtract_lots(moved, past)
    paid = take_fifo(live, debt)
    return LotSettlement(subtract_lots(live, paid), debt - sum(paid.values()), past)


def add_lots(lots: Lots, more: Lots) -> dict[int, int]:
    return _clean({expiry: lots.get(expiry, 0) + more.get(expiry, 0) for expiry in {*lots, *more}})


def subtract_lots(lots: Lots, less: Lots) -> dict[int, int]:
    return add_lots(lots, negate_lots(less))


def negate_lots(lots: Lots) -> dict[int, int]:
    return {expiry: -count for expiry, count in lots.items()}


def _take(ordered: list[tuple[int, int]], count: int) -> dict[int, int]:
    taken: dict[int, int] = {}
    for expiry, there in ordered:
        part = min(there, count)
        if part > 0:
            taken[expiry] = part
            count -= part
    return taken


def _clean(lots: Lots) -> dict[int, int]:
    return {expiry: count for expiry, count in sorted(lots.items()) if count}


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
