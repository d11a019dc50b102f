"""Importing holidays from an iCalendar file (RFC 5545) into a calendar of business hours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from pydantic import Field

from .. import clock, errors
from ..api.endpoint import Call
from ..api.models import Model
from .sla_settings import CalendarName, ReplaceSlaSettings, SlaSettings, load_sla_settings, replace_sla_settings

HOLIDAY_YEARS: Final = 3
"""Years after the current one that are imported."""

_LONGEST: Final = 31
"""Days of one entry: a longer one is a mistake."""

_MOST_ENTRIES: Final = 2_000


class ImportHolidays(Model):
    calendar: CalendarName = Field(description="One of the calendars of the settings.", examples=["office"])
    ics: str = Field(
        min_length=1,
        max_length=200_000,
        description="The content of an .ics file. Entries of whole days are holidays; others are left out.",
        examples=["BEGIN:VCALENDAR\r\nVERSION:2.0\r\n…"],
    )
    version: int | None = Field(None, ge=0, description="Of the settings, as read.", examples=[1])


class HolidayOut(Model):
    day: str = Field(examples=["2027-01-26"])
    name: str = Field(examples=["Republic Day"])


class HolidaysImported(Model):
    added: list[HolidayOut]
    kept: int = Field(description="Days that had spans of their own already; they keep them.", examples=[2])
    left_out: int = Field(description="Entries that are no whole days, are cancelled, or lie outside.", examples=[0])
    version: int = Field(description="Of the settings.", examples=[2])


def import_holidays(call: Call[ImportHolidays]) -> HolidaysImported:
    given = call.input
    current = load_sla_settings(call.store)
    calendar = current.calendars.get(given.calendar)
    if calendar is None:
        raise errors.invalid("calendar", f"must be one of {', '.join(current.calendars)}")
    year = clock.local_day(clock.system(), calendar.time_zone) // 10_000
    found, left_out = read_holidays(given.ics, date(year, 1, 1), date(year + HOLIDAY_YEARS, 12, 31))
    new = {day: name for day, name in found.items() if day not in calendar.days}
    days = {**calendar.days, **{day: list[str]() for day in new}}
    changed = calendar.model_copy(update={"days": dict(sorted(days.items()))})
    content = SlaSettings(calendars={**current.calendars, given.calendar: changed}, targets=current.targets)
    saved = _save_settings(call, content)
    added = [HolidayOut(day=day, name=name) for day, name in sorted(new.items())]
    return HolidaysImported(added=added, kept=len(found) - len(new), left_out=left_out, version=saved)


def _save_settings(call: Call[Any], content: SlaSettings) -> int:
    """The settings' version. Raises a 400 where a calendar would have too many days."""
    from dataclasses import replace

    from ..api.models import validated

    replaced = validated(ReplaceSlaSettings, {**content.model_dump(), "version": call.input.version})
    return replace_sla_settings(replace(call, input=replaced)).version


def read_holidays(text: str, first: date, last: date) -> tuple[dict[str, str], int]:
    """Whole days of the file within a range, with their names; and how many entries were left out.

    Raises a 400 for a file that is no calendar.
    """
    from icalendar import Calendar

    try:
        events = Calendar.from_ical(text).walk("VEVENT")
        found: dict[str, str] = {}
        left_out = 0
        for event in events[:_MOST_ENTRIES]:
            days = list(_days_of(event, first, last))
            left_out += not days
            name = " ".join(str(event.get("SUMMARY", "")).split())[:128]
            found |= {day.isoformat(): name for day in days}
    except (ValueError, KeyError, IndexError, TypeError) as fault:
        raise errors.invalid("ics", "must be an iCalendar file: BEGIN:VCALENDAR … END:VCALENDAR") from fault
    if not events:
        raise errors.invalid("ics", "has no entries (VEVENT)")
    return found, left_out + max(0, len(events) - _MOST_ENTRIES)


def _days_of(event: Any, first: date, last: date) -> Iterator[date]:
    if str(event.get("STATUS", "")).upper() == "CANCELLED" or "DTSTART" not in event:
        return
    begin = event.decoded("DTSTART")
    if isinstance(begin, datetime):
        return
    length = (event.decoded("DTEND") - begin).days if "DTEND" in event else 1
    for start in _starts(event, begin, first - timedelta(days=_LONGEST), last):
        for number in range(min(max(length, 1), _LONGEST)):
            day = start + timedelta(days=number)
            if first <= day <= last:
                yield day


def _starts(event: Any, begin: date, first: date, last: date) -> Iterator[date]:
    if "RRULE" not in event:
        yield begin
        return
    from dateutil.rrule import rrulestr

    rule = rrulestr(event["RRULE"].to_ical().decode(), dtstart=datetime.combine(begin, time()), ignoretz=True)
    for start in rule.xafter(datetime.combine(max(begin, first), time()), inc=True):
        if start.date() > last:
            return
        yield start.date()
