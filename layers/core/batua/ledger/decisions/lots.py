"""Lots: coins by the month in which they expire. Pure; a lot map has no empty lots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...clock import NO_EXPIRY, add_months

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
