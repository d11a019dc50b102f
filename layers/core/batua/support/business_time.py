"""Time in business hours. Pure: the same calendar and instants give the same answer.

A calendar has a time zone, spans of local time for each day of the week, and days with spans of their own: none on a
holiday, fewer on a half day. Instants and durations are milliseconds. `add_business_time` and `business_time_between`
agree: between a start and what adding gives lies exactly what was added, whatever the clocks of the zone do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

Spans = tuple[tuple[int, int], ...]
"""Beginnings and ends in minutes of the local day, 0 to 1440, in order and apart."""

MOST_DAYS: Final = 3_660
"""How far ahead a calendar is searched: ten years without business hours are a mistake."""


class NoBusinessHours(ValueError):
    """The calendar has no business hours for ten years."""


@dataclass(frozen=True)
class BusinessCalendar:
    zone: str
    week: tuple[Spans, ...]
    """Monday first."""
    days: Mapping[int, Spans] = field(default_factory=dict)
    """Day (yyyymmdd) -> its own spans; none on a holiday."""

    def spans_on(self, day: date) -> Spans:
        return self.days.get(day.year * 10000 + day.month * 100 + day.day, self.week[day.weekday()])


def add_business_time(calendar: BusinessCalendar, start: int, duration: int) -> int:
    """The first instant by which so much business time has passed since the start. Raises NoBusinessHours."""
    left = duration
    if left <= 0:
        return start
    for begin, end in _open_from(calendar, start):
        if left <= end - begin:
            return begin + left
        left -= end - begin
    raise NoBusinessHours(f"less than {duration} ms of business hours in {MOST_DAYS} days")


def business_time_between(calendar: BusinessCalendar, start: int, end: int) -> int:
    """How much business time lies between two instants; none where the end is not after the start."""
    total = 0
    for begin, over in _open_from(calendar, start):
        if begin >= end:
            break
        total += min(over, end) - begin
    return total


def _open_from(calendar: BusinessCalendar, start: int) -> Iterator[tuple[int, int]]:
    """The open intervals from an instant on, in order and apart, each as instants."""
    zone = _zone_of(calendar.zone)
    day = datetime.fromtimestamp(start / 1000, zone).date() - timedelta(days=1)
    reached = start
    for _ in range(MOST_DAYS):
        for begin, end in calendar.spans_on(day):
            # Where clocks are put forward, times that there are not fall together with later ones: never count twice.
            opens, closes = max(_local_instant(day, begin, zone), reached), _local_instant(day, end, zone)
            if closes > opens:
                yield opens, closes
                reached = closes
        day += timedelta(days=1)


def _local_instant(day: date, minute: int, zone: ZoneInfo) -> int:
    """A minute of a local day as an instant; of a time that comes twice, the first."""
    if minute == 1440:
        day, minute = day + timedelta(days=1), 0
    local = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone)
    return int(local.timestamp()) * 1000


@lru_cache(maxsize=32)
def _zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)
