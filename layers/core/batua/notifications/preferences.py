"""Which channels a user wants for which category, quiet hours and language. The decisions are pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from .. import clock, errors
from ..api.endpoint import Call
from ..api.request import Request
from ..identity.credentials import Claims
from ..store import notification_keys as keys
from ..store.codec import Item
from ..store.keys import Key
from ..store.store import ConditionFailed, Record
from ..store.versions import VersionedRecord, require_version
from .models import PreferenceCell, PreferencesChange, PreferencesOut, QuietHoursText

NotificationCategory = Literal["security", "money", "support", "operations"]
NotificationChannel = Literal["in_app", "email", "sms", "web_push", "whatsapp"]
DigestPace = Literal["hourly", "daily"]
Language = Literal["en", "hi"]


@dataclass(frozen=True, slots=True)
class CellRule:
    """What holds for one category on one channel unless the user says otherwise; locked, they cannot."""

    default: bool
    locked: bool = False


_BESIDES: Final[Mapping[NotificationChannel, CellRule]] = {
    "sms": CellRule(False),
    "web_push": CellRule(True),
    "whatsapp": CellRule(False),
}
"""The same for all. A browser was registered by its user, so it is on."""

CELLS: Final[Mapping[NotificationCategory, Mapping[NotificationChannel, CellRule]]] = {
    "security": {"in_app": CellRule(True, True), "email": CellRule(True, True), **_BESIDES},
    "money": {"in_app": CellRule(True, True), "email": CellRule(True, True), **_BESIDES},
    "support": {"in_app": CellRule(True), "email": CellRule(True), **_BESIDES},
    "operations": {"in_app": CellRule(True), "email": CellRule(True, True), **_BESIDES},
}
"""Every category and channel. Nobody can be made blind to what happens to their money and their access."""

CHANNELS: Final[tuple[NotificationChannel, ...]] = get_args(NotificationChannel)
DIGESTED: Final[tuple[NotificationCategory, ...]] = ("support", "operations")
"""What may wait for a digest. News of money and security does not."""
DIGEST_ZONE: Final = "Asia/Kolkata"
"""Where no quiet hours say in which zone somebody lives."""
DIGEST_HOUR: Final = 9
"""Of the person's day, at which daily digests go out."""

PREFERENCE_LOCKED = errors.define(
    "preference_locked",
    409,
    "Notifications about security and money cannot be turned off.",
    "Notifications of {category} by {channel} cannot be switched off.",
)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Minutes of the day in a time zone; an end before the beginning lies on the next day."""

    begin: int
    end: int
    zone: str

    def ends_after(self, now: int) -> int | None:
        """When the quiet hours that hold now are over, in milliseconds; None outside of them."""
        zone = ZoneInfo(self.zone)
        local = datetime.fromtimestamp(now / 1000, zone)
        minute = local.hour * 60 + local.minute
        wraps = self.end <= self.begin
        quiet = minute >= self.begin or minute < self.end if wraps else self.begin <= minute < self.end
        if not quiet:
            return None
        day = local.date() + timedelta(days=1 if wraps and minute >= self.begin else 0)
        over = datetime(day.year, day.month, day.day, self.end // 60, self.end % 60, tzinfo=zone)
        # A change of the clocks may put the end before now; then the quiet hours are over.
        return max(int(over.astimezone(UTC).timestamp()) * 1000, now)


@dataclass(frozen=True, slots=True)
class Preferences:
    cells: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    quiet: QuietHours | None = None
    language: Language = "en"
    version: int = 0
    defaults: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    """Of the tenant, for what the user has not chosen."""
    digests: Mapping[str, DigestPace] = field(default_factory=dict)

    def wants(self, category: NotificationCategory, channel: NotificationChannel) -> bool:
        rule = CELLS[category][channel]
        if rule.locked:
            return rule.default
        preset = self.defaults.get(category, {}).get(channel, rule.default)
        return self.cells.get(category, {}).get(channel, preset)

    def digest_at(self, category: NotificationCategory, now: int) -> int | None:
        """When mail and text messages of a category go out together; None where each goes out by itself."""
        pace = self.digests.get(category)
        if pace is None:
            return None
        zone = ZoneInfo(self.quiet.zone if self.quiet else DIGEST_ZONE)
        local = datetime.fromtimestamp(now / 1000, zone)
        hour = local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        if pace == "daily":
            hour = local.replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
            hour += timedelta(days=1 if hour <= local else 0)
        # A change of the clocks may have moved the hour into the past.
        return self.send_at(category, max(int(hour.astimezone(UTC).timestamp()) * 1000, now + 1))

    def send_at(self, category: NotificationCategory, now: int) -> int:
        """When mail and text messages may go out. What tells of security waits for no morning."""
        if self.quiet is None or category == "security":
            return now
        return self.quiet.ends_after(now) or now


def preferences_item(preferences: Preferences) -> Item:
    quiet = preferences.quiet
    item = {
        "cells": {category: dict(cells) for category, cells in preferences.cells.items()},
        "quiet": [quiet.begin, quiet.end, quiet.zone] if quiet else None,
        "lang": preferences.language,
        "digests": dict(preferences.digests) or None,
        "version": preferences.version,
    }
    return {name: value for name, value in item.items() if value is not None}


def preferences_from(record: Record | None, defaults: Record | None = None) -> Preferences:
    """What a user has chosen, over the defaults of their tenant."""
    if record is None:
        return Preferences(defaults=default_cells(defaults))
    quiet = record.get("quiet")
    return Preferences(
        record["cells"],
        QuietHours(*quiet) if quiet else None,
        record["lang"],
        record["version"],
        default_cells(defaults),
        record.get("digests", {}),
    )


def default_cells(record: Record | None) -> Mapping[str, Mapping[str, bool]]:
    found: Mapping[str, Mapping[str, bool]] = record["cells"] if record else {}
    return found


@dataclass(frozen=True, slots=True)
class PreferencesLookup:
    key: Key
    defaults: Key

    @property
    def keys(self) -> list[Key]:
        return [self.key, self.defaults]


def signed_in_user(claims: Claims) -> str:
    """The user of these claims. An API key has no inbox; it is refused before anything is read of one."""
    if claims.kind != "user":
        raise errors.FORBIDDEN("Only a signed-in user can do this.")
    return claims.subject


def prefetch_preferences(claims: Claims, content: Any, request: Request) -> PreferencesLookup:
    user = signed_in_user(claims)
    return PreferencesLookup(keys.notification_preferences_key(user), keys.notification_defaults_key(claims.tenant))


def read_preferences(call: Call[None]) -> PreferencesOut:
    return _preferences_response(_of_caller(call))


def _of_caller(call: Call[Any]) -> Preferences:
    return preferences_from(call.loaded[call.lookup.key], call.loaded[call.lookup.defaults])


def update_preferences(call: Call[PreferencesChange]) -> PreferencesOut:
    """Changes what the request names. Locked cells can be named as they are, and not otherwise."""
    given, before = call.input, _of_caller(call)
    saved = VersionedRecord(call.lookup.key, call.loaded[call.lookup.key])
    require_version(saved, given.version)
    after = replace(before, cells=changed_cells(before.cells, given.categories or {}), version=before.version + 1)
    if given.language is not None:
        after = replace(after, language=given.language)
    if given.digests is not None:
        after = replace(after, digests=_digests(given.digests))
    if "quiet_hours" in given.model_fields_set:
        after = replace(after, quiet=_quiet(given.quiet_hours))
    try:
        call.store.write(saved.replacement(preferences_item(after)))
    except ConditionFailed as failed:
        raise errors.VERSION_CONFLICT() from failed
    return _preferences_response(after)


def _digests(given: Mapping[str, DigestPace | None]) -> Mapping[str, DigestPace]:
    for category in given:
        if category not in DIGESTED:
            raise errors.invalid("digests", f"{category[:40]!r} must be one of {', '.join(DIGESTED)}")
    return {category: pace for category, pace in given.items() if pace is not None}


def changed_cells(
    before: Mapping[str, Mapping[str, bool]], given: Mapping[str, Mapping[str, bool]]
) -> Mapping[str, Mapping[str, bool]]:
    """Cells with changes. Raises a 400 for what is no cell, PREFERENCE_LOCKED for one that has to stay as it is."""
    rules = {str(category): {str(channel): rule for channel, rule in row.items()} for category, row in CELLS.items()}
    cells = {category: dict(channels) for category, channels in before.items()}
    for category, channels in given.items():
        if category not in rules:
            raise errors.invalid("categories", f"{category[:40]!r} must be one of {', '.join(rules)}")
        for channel, wanted in channels.items():
            rule = rules[category].get(channel)
            if rule is None:
                raise errors.invalid(f"categories.{category}", f"{channel[:40]!r} must be one of {', '.join(CHANNELS)}")
            if rule.locked and wanted != rule.default:
                figures = {"category": category, "channel": channel}
                raise PREFERENCE_LOCKED(PREFERENCE_LOCKED.describe(figures), figures=figures)
            cells.setdefault(category, {})[channel] = wanted
    return cells


def _quiet(given: QuietHoursText | None) -> QuietHours | None:
    if given is None:
        return None
    if given.time_zone not in available_timezones():
        raise errors.invalid("quiet_hours.time_zone", "must be an IANA time zone such as Asia/Kolkata")
    begin, end = clock.minute_of_day(given.begin), clock.minute_of_day(given.end)
    if begin == end:
        raise errors.invalid("quiet_hours.end", "must differ from begin")
    return QuietHours(begin, end, given.time_zone)


def _preferences_response(preferences: Preferences) -> PreferencesOut:
    quiet = preferences.quiet
    return PreferencesOut(
        categories={
            category: {
                channel: PreferenceCell(enabled=preferences.wants(category, channel), locked=rule.locked)
                for channel, rule in channels.items()
            }
            for category, channels in CELLS.items()
        },
        quiet_hours=QuietHoursText(
            begin=clock.time_text(quiet.begin), end=clock.time_text(quiet.end), time_zone=quiet.zone
        )
        if quiet
        else None,
        language=preferences.language,
        digests={category: preferences.digests.get(category) for category in DIGESTED},
        version=preferences.version,
    )
