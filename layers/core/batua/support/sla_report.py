"""SLA compliance over a range of days: how many clocks were met, how many breached, and how long they took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from statistics import median
from typing import Final, Literal

from pydantic import Field

from .. import clock, errors
from ..api.endpoint import Call
from ..api.models import Model
from ..store import support_keys as keys
from ..store.store import Record, Store
from .canned import require_support_staff
from .clocks import CLOCKS
from .sla_settings import load_sla_settings
from .states import TicketPriority

MOST_REPORTED_DAYS: Final = 92
PRIORITIES: Final[tuple[TicketPriority, ...]] = ("urgent", "high", "normal", "low")


class SlaReportQuery(Model):
    since: str | None = Field(
        None, alias="from", max_length=10, description="First day, `2026-11-01`; 30 days before `to`, if left out."
    )
    until: str | None = Field(None, alias="to", max_length=10, description="Last day, included; today, if left out.")


class SlaReportLine(Model):
    priority: TicketPriority = Field(examples=["high"])
    clock: Literal["first_response", "next_response", "resolution"] = Field(examples=["first_response"])
    count: int = Field(description="Clocks that ended, or were breached, in these days.", examples=[40])
    met: int = Field(examples=[38])
    breached: int = Field(examples=[2])
    met_percent: float | None = Field(description="null where there was none.", examples=[95.0])
    median_minutes: float | None = Field(
        description="Business minutes of those that were met; null where there was none.", examples=[42.5]
    )


class SlaReport(Model):
    since: str = Field(alias="from", examples=["2026-11-01"])
    until: str = Field(alias="to", examples=["2026-11-28"])
    time_zone: str = Field(
        description="Of the calendar of normal tickets, in which today is.", examples=["Asia/Kolkata"]
    )
    lines: list[SlaReportLine]


def report_sla(call: Call[SlaReportQuery]) -> SlaReport:
    """Every priority and clock, also those of which there was none."""
    require_support_staff(call)
    settings = load_sla_settings(call.store)
    zone = settings.calendars[settings.targets["normal"].calendar].time_zone
    today = _date_of(clock.local_day(clock.system(), zone))
    last = _given("to", call.input.until) or today
    first = _given("from", call.input.since) or date.fromordinal(max(last.toordinal() - 30, 1))
    if first > last:
        raise errors.invalid("from", "must not be after to")
    if (last - first).days >= MOST_REPORTED_DAYS:
        raise errors.invalid("from", f"the report covers at most {MOST_REPORTED_DAYS} days")
    groups: defaultdict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in _outcomes(call.store, first, last):
        _, priority, name, *_ = str(record["sk"]).split("#")
        groups[priority, name].append(record)
    lines = [_report_line(priority, name, groups[priority, name]) for priority in PRIORITIES for name in CLOCKS]
    report = {"from": first.isoformat(), "to": last.isoformat(), "time_zone": zone, "lines": lines}
    return SlaReport.model_validate(report)


def _report_line(
    priority: TicketPriority, name: Literal["first_response", "next_response", "resolution"], found: list[Record]
) -> SlaReportLine:
    met = [int(record["ms"]) for record in found if record["met"]]
    return SlaReportLine(
        priority=priority,
        clock=name,
        count=len(found),
        met=len(met),
        breached=len(found) - len(met),
        met_percent=round(100 * len(met) / len(found), 2) if found else None,
        median_minutes=round(median(met) / 60_000, 2) if met else None,
    )


def _outcomes(store: Store, first: date, last: date) -> Iterator[Record]:
    since, until = f"{_day_number(first):08d}#", f"{_day_number(last):08d}#~"
    month = _day_number(first) // 100
    while month <= _day_number(last) // 100:
        yield from store.query_all(
            "directory", keys.sla_outcomes_partition(month), since=since, until=until, consistent=True
        )
        month = clock.add_months(month, 1)


def _day_number(day: date) -> int:
    return day.year * 10000 + day.month * 100 + day.day


def _date_of(day: int) -> date:
    return date(day // 10000, day // 100 % 100, day % 100)


def _given(field: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as fault:
        raise errors.invalid(field, "must be a date such as 2026-11-28") from fault
    if day.isoformat() != text or not 2000 <= day.year < 3000:
        raise errors.invalid(field, "must be a date such as 2026-11-28")
    return day
