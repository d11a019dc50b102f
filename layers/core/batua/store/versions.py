"""Records that are saved whole, under a version: a change replaces what its caller has read, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import errors
from .keys import Key
from .store import Record, Store
from .writes import ABSENT, Condition, Put


@dataclass(frozen=True, slots=True)
class VersionedRecord:
    """What is stored at a key, with attribute `version`; None where nothing has been saved yet."""

    key: Key
    stored: Record | None

    @property
    def version(self) -> int:
        """0 where nothing has been saved yet."""
        return int(self.stored["version"]) if self.stored else 0

    def require_version(self, named: int | None) -> None:
        """Raises `version_conflict`, with the present version, where the caller names another one."""
        if named not in (None, self.version):
            raise errors.VERSION_CONFLICT(figures={"version": self.version})

    def replacement(self, item: Mapping[str, Any]) -> Put:
        """The write of the next version, on the condition that this one is still there."""
        when = Condition(equal={"version": self.version}) if self.stored else ABSENT
        return Put(self.key, {**item, "version": self.version + 1}, when=when)


def load_versioned(store: Store, key: Key) -> VersionedRecord:
    return VersionedRecord(key, store.read([key])[key])
