"""Time, injected. An instant is an integer: milliseconds since 1970 in UTC; it is taken once per request.

Months and days belong to a tenant, so they need its time zone. A month is the integer yyyymm, a day yyyymmdd.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Clock = Callable[[], int]
"""Tells the present instant."""

DAY_MS: Final = 86_400_000
NO_EXPIRY: Final = 999912
"""The month of lots that do not expire."""

_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = 253_402_300_799_999
"""The last instant of the year 9999."""


def system() -> int:
    return time.time_ns() // 1_000_000


def iso(instant: int) -> str:
    """2026-11-21T09:30:00.000Z: sorts as text in the order of time."""
    return f"{datetime.fromtimestamp(instant // 1000, UTC).isoformat()[:19]}.{instant % 1000:03d}Z"


def iso_or_none(instant: int | None) -> str | None:
    return None if instant is None else iso(instant)


def parse_iso(text: str) -> int:
    """The instant of an ISO 8601 text; one without an offset is read as UTC.

    Raises ValueError, also for an instant before 1970 or after 9999: `iso` could not write it back so that it sorts.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - _FIRST
    instant = since.days * DAY_MS + since.seconds * 1000 + since.microseconds // 1000
    if not 0 <= instant <= _LAST:
        raise ValueError(f"out of range: {text!r}")
    return instant


def local_month(instant: int, zone: str) -> int:
    return _day(instant // 1000, zone) // 100


def local_day(instant: int, zone: str) -> int:
    return _day(instant // 1000, zone)


def local_weekday(instant: int, zone: str) -> int:
    """0 is Monday."""
    return datetime.fromtimestamp(instant // 1000, _zone(zone)).weekday()


def local_minute(instant: int, zone: str) -> int:
    """The minute of the day, 0 to 1439."""
    moment = datetime.fromtimestamp(instant // 1000, _zone(zone))
    return moment.hour * 60 + moment.minute


def minute_of_day(text: str) -> int:
    """22:30 -> 1350."""
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def time_text(minute: int) -> str:
    """1350 -> 22:30."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def add_months(month: int, count: int) -> int:
    year, index = divmod((month // 100) * 12 + month % 100 - 1 + count, 12)
    return year * 100 + index + 1


def month_text(month: int) -> str:
    """202611 -> `2026-11`."""
    return f"{month // 100:04d}-{month % 100:02d}"


def month_end(month: int, zone: str) -> int:
    """The last millisecond of a month in a time zone."""
    return month_start(add_months(month, 1), zone) - 1


def month_start(month: int, zone: str) -> int:
    first = datetime(month // 100, month % 100, 1, tzinfo=_zone(zone))
    return int(first.timestamp()) * 1000


def day_start(day: int, zone: str) -> int:
    first = datetime(day // 10000, day // 100 % 100, day % 100, tzinfo=_zone(zone))
    return int(first.timestamp()) * 1000


def add_days(day: int, count: int) -> int:
    """The day (yyyymmdd) so many days later."""
    from datetime import date, timedelta

    later = date(day // 10_000, day // 100 % 100, day % 100) + timedelta(count)
    return later.year * 10_000 + later.month * 100 + later.day


def day_of_year(year: int, month_and_day: int) -> int:
    """A day (mmdd) in a year as yyyymmdd; 29 February is the 28th where the year has none."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return year * 10_000 + (228 if month_and_day == 229 and not leap else month_and_day)


def _day(second: int, zone: str) -> int:
    moment = datetime.fromtimestamp(second, _zone(zone))
    return moment.year * 10000 + moment.month * 100 + moment.day


def is_zone(name: str) -> bool:
    """Whether it names a time zone of the IANA database."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
