"""Dates and times as people write them, in English and Hindi."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from .. import clock

_MONTHS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "hi": (
        *("जनवरी", "फ़रवरी", "मार्च", "अप्रैल", "मई", "जून"),
        *("जुलाई", "अगस्त", "सितंबर", "अक्टूबर", "नवंबर", "दिसंबर"),
    ),
}
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z")


def written_time(instant: int, zone: str, language: str) -> str:
    """21 Nov 2026, 15:00 IST: day and time as a clock in the zone shows them."""
    local = datetime.fromtimestamp(instant // 1000, UTC).astimezone(ZoneInfo(zone))
    name = local.tzname() or ""
    # Zones without letters of their own are called by their offset, which needs its UTC to be understood.
    named = name if name[:1].isalpha() else f"UTC{name}"
    return f"{_written_day(local.year, local.month, local.day, language)}, {local:%H:%M} {named}"


def written_date(text: str, zone: str, language: str) -> str:
    """An instant or a day of ISO 8601 for people to read. What is neither stays as it is."""
    if _INSTANT.fullmatch(text):
        return written_time(clock.parse_iso(text), zone, language)
    if _DAY.fullmatch(text):
        year, month, day = map(int, text.split("-"))
        return _written_day(year, month, day, language) if 1 <= month <= 12 else text
    return text


def _written_day(year: int, month: int, day: int, language: str) -> str:
    return f"{day} {_MONTHS[language][month - 1]} {year}"
