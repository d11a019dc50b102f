"""Days and months in requests, and what the endpoint of returns takes."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from .. import clock
from ..api.models import Model

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def _day_text(text: str) -> str:
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        clock.parse_iso(text)
    except (ValueError, OverflowError):
        raise ValueError("must be a day such as 2026-11-30") from None
    return text


def checked_month(text: str) -> str:
    try:
        _day_text(f"{text}-01")
    except ValueError:
        raise ValueError("must be a month such as 2026-11") from None
    return text


Day = Annotated[
    str,
    AfterValidator(_day_text),
    Field(description="A day of the tenant's time zone, YYYY-MM-DD.", examples=["2026-11-30"]),
]


ReportMonth = Annotated[
    str,
    AfterValidator(checked_month),
    Field(description="A month of the tenant's time zone, YYYY-MM.", examples=["2026-11"]),
]


def dashed_day(day: int) -> str:
    """20261130 -> `2026-11-30`."""
    return f"{day // 10000:04d}-{day // 100 % 100:02d}-{day % 100:02d}"


def month_number(text: str) -> int:
    """`2026-11` -> 202611."""
    return int(text.replace("-", ""))


class ReturnQuery(Model):
    month: ReportMonth
    format: Literal["json", "csv"] | None = None
    gstin: str | None = Field(
        None,
        min_length=15,
        max_length=15,
        description="The registration that files, where the month has invoices of two. Today's where left out.",
        examples=["29AAGCB7383J1Z4"],
    )
