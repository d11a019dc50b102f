"""Dates as billing systems and spreadsheets write them, and the year that a bill's number belongs to."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from .amounts import PayloadError

NumberSeries = Literal["financial_year", "calendar_year", "continuous"]

_FORMATS: Final = (
    *("%Y-%m-%d", "%Y%m%d", "%d-%m-%Y", "%d-%m-%y", "%Y-%b-%d"),
    *("%d-%b-%Y", "%d-%b-%y", "%d-%B-%Y", "%d-%B-%y"),
)
_SEPARATORS: Final = re.compile(r"[/.\s,-]+")
_TIME: Final = re.compile(r"[T\s]\s*(\d{1,2}:\d{2}(?::\d{2})?)(?:\.\d+)?\s*([AaPp][Mm])?.*\Z", re.ASCII)
_SERIAL: Final = re.compile(r"[2-7]\d{4}(?:\.\d+)?", re.ASCII)
_SPREADSHEET_EPOCH: Final = date(1899, 12, 30)
_WITH_YEAR: Final = re.compile(r" \(2\d{3}(?:-\d{2})?\)\Z", re.ASCII)
_LONGEST_NUMBER: Final = 20
"""Bill numbers are no longer (rule 46 of the CGST rules: 16 characters); a GUID is, and never begins again."""


def parse_date(value: Any, what: str) -> date:
    """`28/11/2026`, `28-Nov-26`, `2026-11-28T10:00:00`, `20261128`, or a spreadsheet's serial (`46354`)."""
    text = str(value).strip()
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and len(text) < 8:
        text = str(int(value))
    if _SERIAL.fullmatch(text):
        return _SPREADSHEET_EPOCH + timedelta(days=int(text.partition(".")[0]))
    day = _SEPARATORS.sub("-", _TIME.sub("", text))
    for form in _FORMATS:
        try:
            return datetime.strptime(day, form).date()  # noqa: DTZ007 - a day, without a time
        except ValueError:
            continue
    raise PayloadError(f"{what} is not a date such as 2026-11-28 or 28/11/2026")


def parse_moment(value: Any, what: str) -> int:
    """A date with or without a time, in milliseconds. Of one system only their order matters, so no zone is needed."""
    day, time = parse_date(value, what), _TIME.search(str(value).strip())
    seconds = 0
    if time:
        hours, minutes, *rest = (int(part) for part in time[1].split(":"))
        if time[2]:
            hours = hours % 12 + (12 if time[2].lower() == "pm" else 0)
        seconds = hours * 3600 + minutes * 60 + (rest[0] if rest else 0)
    return ((day - date(1970, 1, 1)).days * 86_400 + seconds) * 1000


def number_in_series(number: str, day: date | None, series: NumberSeries) -> str:
    """What identifies a bill whose numbers begin again each year: `17` of 28 November 2026 is `17 (2026-27)`."""
    if day is None or not _begins_again(number, series):
        return number
    return _number_of_year(number, _year_of(day, series), series)


def sale_numbers_of_return(number: str, day: date | None, series: NumberSeries, received: date) -> tuple[str, ...]:
    """What may identify the sale that a return of this day names, the likeliest first.

    The year of a sale is not written on its return. A credit note is of the sale's year or the next one (section 34 of
    the CGST Act), and either of the two documents may come without a date.
    """
    if not _begins_again(number, series):
        return (number,)
    year = _year_of(day or received, series)
    dated = [_number_of_year(number, each, series) for each in (year, year - 1)]
    return (*dated, number) if day else (number, *dated)


def _begins_again(number: str, series: NumberSeries) -> bool:
    return series != "continuous" and len(number) <= _LONGEST_NUMBER and not _WITH_YEAR.search(number)


def _year_of(day: date, series: NumberSeries) -> int:
    return day.year if series == "calendar_year" or day.month >= 4 else day.year - 1


def _number_of_year(number: str, year: int, series: NumberSeries) -> str:
    return f"{number} ({year})" if series == "calendar_year" else f"{number} ({year}-{(year + 1) % 100:02d})"
