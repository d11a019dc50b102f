"""Pages by number, as the gateway's callers read lists: with the right total, so everything that fits is counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from .. import clock, errors
from ..api.styles import Reply

Row = TypeVar("Row")


def numbered_page(rows: Sequence[Row], page: int, limit: int, show: Callable[[Row], Any], message: str) -> Reply:
    """One page of all rows, in their order, and its position among the others."""
    total = len(rows)
    pages = -(-total // limit)
    start = (page - 1) * limit
    pagination = {
        "page": page,
        "limit": limit,
        "total": total,
        "totalPages": pages,
        "hasNext": page < pages,
        "hasPrev": page > 1 and total > 0,
    }
    return Reply([show(row) for row in rows[start : start + limit]], message, meta={"pagination": pagination})


def first_instant(text: str | None, zone: str, field: str) -> int | None:
    """The first instant of a bound: of the day, where only a date is given."""
    return None if text is None else _date_or_instant(text, zone, field)


def last_instant(text: str | None, zone: str, field: str) -> int | None:
    """The last instant of a bound: of the day, where only a date is given."""
    if text is None:
        return None
    instant = _date_or_instant(text, zone, field)
    return instant + clock.DAY_MS - 1 if _is_date(text) else instant


def gateway_instant(text: str, zone: str, field: str) -> int:
    """A time; a date alone is the beginning of that day in the tenant's time zone."""
    return _date_or_instant(text, zone, field)


def _is_date(text: str) -> bool:
    return len(text) <= 10


def _date_or_instant(text: str, zone: str, field: str) -> int:
    try:
        moment = clock.parse_iso(text)
        at = clock.day_start(int(text.replace("-", "")[:8]), zone) if _is_date(text) else moment
        clock.iso(at)
    except (ValueError, OverflowError, OSError) as error:
        raise errors.invalid(field, "must be an ISO 8601 date or time such as 2026-11-21T09:30:00Z") from error
    if at < 0 or at >= _END:
        raise errors.invalid(field, "must lie between 1970 and 2999")
    return at


_END = 32_472_144_000_000
"""The year 2999."""
