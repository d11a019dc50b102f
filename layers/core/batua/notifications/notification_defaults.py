"""What a tenant's people get unless they choose otherwise: cells that the tenant's administrators preset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import Field, StrictBool

from ..api.endpoint import Call
from ..api.models import Model
from ..api.request import Request
from ..identity.credentials import Claims
from ..store import notification_keys as keys
from ..store.keys import Key
from ..store.store import commit_unless_changed
from ..store.versions import VersionedRecord, require_version
from ..tenants.audit_entries import tenant_audit_entry
from .models import PreferenceCell
from .preferences import CELLS, Preferences, changed_cells, default_cells


class SaveNotificationDefaults(Model):
    """Replaces all of them: what is left out is as the platform has it."""

    categories: dict[str, dict[str, StrictBool]] = Field(
        description="Category -> channel -> on or off.", examples=[{"support": {"web_push": False}}]
    )
    version: int | None = Field(None, ge=0, description="As read: refused if they have changed since.", examples=[0])


class NotificationDefaultsOut(Model):
    categories: dict[str, dict[str, PreferenceCell]] = Field(
        description="Category -> channel -> what people get who have not chosen themselves."
    )
    version: int = Field(examples=[1])


@dataclass(frozen=True, slots=True)
class DefaultsLookup:
    key: Key

    @property
    def keys(self) -> list[Key]:
        return [self.key]


def prefetch_notification_defaults(claims: Claims, content: Any, request: Request) -> DefaultsLookup:
    return DefaultsLookup(keys.notification_defaults_key(claims.tenant))


def read_notification_defaults(call: Call[None]) -> NotificationDefaultsOut:
    record = call.loaded[call.lookup.key]
    return _defaults_out(Preferences(defaults=default_cells(record)), record["version"] if record else 0)


def save_notification_defaults(call: Call[SaveNotificationDefaults]) -> NotificationDefaultsOut:
    """Saves the defaults. They hold at once for everybody who has not chosen that cell."""
    given, before = call.input, VersionedRecord(call.lookup.key, call.loaded[call.lookup.key])
    require_version(before, given.version)
    cells = changed_cells({}, given.categories)
    act = tenant_audit_entry(call, "notification defaults saved", call.caller.tenant.id)
    commit_unless_changed(call.store, [before.replacement({"cells": cells}), act], caller=call.request.id)
    return _defaults_out(Preferences(defaults=cells), before.version + 1)


def _defaults_out(preferences: Preferences, version: int) -> NotificationDefaultsOut:
    shown = {
        category: {
            channel: PreferenceCell(enabled=preferences.wants(category, channel), locked=rule.locked)
            for channel, rule in row.items()
        }
        for category, row in CELLS.items()
    }
    return NotificationDefaultsOut.model_validate({"categories": shown, "version": version})
