"""Calendars and SLA targets, as the operator has set them; until then, the ones that a deployment begins with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, Literal
from zoneinfo import available_timezones

from pydantic import Field, StringConstraints

from .. import errors
from ..api.endpoint import Call
from ..api.models import Model
from ..api.request import Request
from ..identity.credentials import Claims
from ..store import support_keys as keys
from ..store.keys import Key
from ..store.store import Record, Store, commit_unless_changed
from ..store.versions import VersionedRecord, require_version
from ..tenants.audit_entries import tenant_audit_entry
from .business_time import BusinessCalendar, Spans
from .canned import require_support_staff
from .clocks import SlaTargets
from .states import TicketPriority

_MINUTE_MS: Final = 60_000
LEAST_WEEK_MINUTES: Final = 300
"""Of business hours in a week, so that every target is reached within a few years."""

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
SpanText = Annotated[str, StringConstraints(pattern=_SPAN)]
SpanList = Annotated[list[SpanText], Field(max_length=6)]
CalendarName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$")]
TargetMinutes = Annotated[int, Field(ge=1, le=60_000)]


class CalendarSettings(Model):
    time_zone: str = Field(min_length=1, max_length=64, examples=["Asia/Kolkata"])
    week: dict[Weekday, SpanList] = Field(
        description="Spans of local time for each day, in order; a day left out is closed.",
        examples=[{"mon": ["09:00-13:00", "14:00-18:00"], "sat": ["10:00-13:00"]}],
    )
    days: dict[str, SpanList] = Field(
        default={},
        max_length=400,
        description="Days with spans of their own: none on a holiday, fewer on a half day.",
        examples=[{"2026-12-25": [], "2026-12-24": ["09:00-12:00"]}],
    )


class TargetSettings(Model):
    """Business minutes."""

    first_response: TargetMinutes = Field(examples=[60])
    next_response: TargetMinutes = Field(examples=[120])
    resolution: TargetMinutes = Field(examples=[480])
    calendar: CalendarName = Field(examples=["office"])


_CALENDAR_EXAMPLE: Final = {"time_zone": "Asia/Kolkata", "week": {"mon": ["09:00-18:00"]}, "days": {"2026-12-25": []}}
_TARGET_EXAMPLE: Final = {"first_response": 60, "next_response": 120, "resolution": 480, "calendar": "office"}


class SlaSettings(Model):
    calendars: dict[CalendarName, CalendarSettings] = Field(
        min_length=1, max_length=10, examples=[{"office": _CALENDAR_EXAMPLE}]
    )
    targets: dict[TicketPriority, TargetSettings] = Field(
        description="All four priorities.",
        examples=[dict.fromkeys(("urgent", "high", "normal", "low"), _TARGET_EXAMPLE)],
    )


class ReplaceSlaSettings(SlaSettings):
    version: int | None = Field(None, ge=0, description="As read: refused if they have changed since.", examples=[0])


class SlaSettingsOut(SlaSettings):
    version: int = Field(description="0: nobody has changed what the deployment began with.", examples=[1])


_OFFICE: Final = ["09:00-18:00"]
DEFAULTS: Final = SlaSettings(
    calendars={
        "office": CalendarSettings(
            time_zone="Asia/Kolkata",
            week={
                "mon": _OFFICE,
                "tue": _OFFICE,
                "wed": _OFFICE,
                "thu": _OFFICE,
                "fri": _OFFICE,
                "sat": ["10:00-14:00"],
            },
        )
    },
    targets={
        "urgent": TargetSettings(first_response=30, next_response=60, resolution=240, calendar="office"),
        "high": TargetSettings(first_response=60, next_response=120, resolution=540, calendar="office"),
        "normal": TargetSettings(first_response=240, next_response=480, resolution=1_620, calendar="office"),
        "low": TargetSettings(first_response=540, next_response=1_080, resolution=2_700, calendar="office"),
    },
)


@dataclass(frozen=True, slots=True)
class SlaSettingsLookup:
    key: Key

    @property
    def keys(self) -> list[Key]:
        return [self.key]


def prefetch_sla_settings(claims: Claims, content: Any, request: Request) -> SlaSettingsLookup:
    return SlaSettingsLookup(keys.support_settings_key())


def load_sla_settings(store: Store) -> SlaSettings:
    key = keys.support_settings_key()
    return _settings_from(store.read([key])[key])


def sla_targets(current: SlaSettings, priority: TicketPriority) -> SlaTargets:
    targets = current.targets[priority]
    return SlaTargets(
        targets.first_response * _MINUTE_MS,
        targets.next_response * _MINUTE_MS,
        targets.resolution * _MINUTE_MS,
        business_calendar(current.calendars[targets.calendar]),
    )


def business_calendar(settings: CalendarSettings) -> BusinessCalendar:
    days = {int(day.replace("-", "")): _spans(spans) for day, spans in settings.days.items()}
    return BusinessCalendar(settings.time_zone, tuple(_spans(settings.week.get(day, [])) for day in WEEKDAYS), days)


def _spans(texts: list[str]) -> Spans:
    pairs = [text.split("-") for text in texts]
    return tuple((_minute_of(begin), _minute_of(end)) for begin, end in pairs)


def _minute_of(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def read_sla_settings(call: Call[None]) -> SlaSettingsOut:
    require_support_staff(call)
    record = call.loaded[call.lookup.key]
    return _settings_response(_settings_from(record), record["version"] if record else 0)


def replace_sla_settings(call: Call[ReplaceSlaSettings]) -> SlaSettingsOut:
    """Replaces calendars and targets. Clocks that run keep their due times until they stop and go on."""
    require_support_staff(call)
    given, before = call.input, VersionedRecord(call.lookup.key, call.loaded[call.lookup.key])
    _require_usable(given)
    require_version(before, given.version)
    put = before.replacement({"settings": given.model_dump(exclude={"version"})})
    done = tenant_audit_entry(call, "sla settings replaced", "sla")
    commit_unless_changed(call.store, [put, done], caller=call.request.id)
    return _settings_response(given, before.version + 1)


def _require_usable(given: SlaSettings) -> None:
    for name, calendar in given.calendars.items():
        place = f"calendars.{name}"
        if calendar.time_zone not in available_timezones():
            raise errors.invalid(f"{place}.time_zone", "must be an IANA time zone such as Asia/Kolkata")
        for day, spans in (*calendar.week.items(), *calendar.days.items()):
            _require_ordered(f"{place}.{day}", spans)
        for day in calendar.days:
            _require_day(place, day)
        minutes = sum(end - begin for spans in calendar.week.values() for begin, end in _spans(spans))
        if minutes < LEAST_WEEK_MINUTES:
            raise errors.invalid(f"{place}.week", f"must have at least {LEAST_WEEK_MINUTES // 60} hours")
    for priority in DEFAULTS.targets:
        if priority not in given.targets:
            raise errors.invalid(f"targets.{priority}", "must be given")
        if given.targets[priority].calendar not in given.calendars:
            raise errors.invalid(f"targets.{priority}.calendar", "must name one of the calendars")


def _require_ordered(place: str, texts: list[str]) -> None:
    reached = -1
    for begin, end in _spans(texts):
        if begin <= reached or end <= begin:
            raise errors.invalid(place, "spans must be in order, each ending after it begins")
        reached = end


def _require_day(place: str, day: str) -> None:
    try:
        good = date.fromisoformat(day).isoformat() == day
    except ValueError:
        good = False
    if not good:
        raise errors.invalid(f"{place}.days", f"{day[:20]!r} must be a date such as 2026-12-25")


def _settings_from(record: Record | None) -> SlaSettings:
    return SlaSettings.model_validate(record["settings"]) if record else DEFAULTS


def _settings_response(current: SlaSettings, version: int) -> SlaSettingsOut:
    shown: Mapping[str, Any] = current.model_dump(include={"calendars", "targets"})
    return SlaSettingsOut.model_validate({**shown, "version": version})
