"""Records under a version: a change is made to what its caller has read, or not at all.

Settings and other records that a request changes as a whole are saved in this way. Two kinds are not. What has states
(an invoice, a ticket, an order, a prefund request) makes its write where its next state is decided, under that state or
its version. A program, a reward and a redemption keep their version as `ver`: a program's item is part of every
counter's tenant item, where each byte is read with every request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import errors
from .keys import Key
from .store import Record, Store
from .writes import ABSENT, Check, Condition, Delete, Put, Update


@dataclass(frozen=True, slots=True)
class VersionedRecord:
    """What is stored at a key, with attribute `version`; None where nothing has been saved yet."""

    key: Key
    stored: Record | None

    @property
    def version(self) -> int:
        """0 where nothing has been saved yet."""
        return int(self.stored["version"]) if self.stored else 0

    def replacement(self, item: Mapping[str, Any]) -> Put:
        """The write of the next version, on the condition that this one is still there."""
        return Put(self.key, {**item, "version": self.version + 1}, when=self._as_read)

    def change(self, attributes: Mapping[str, Any]) -> Update:
        """The write of these attributes (None removes one) and the next version, on the same condition."""
        given = {name: value for name, value in attributes.items() if value is not None}
        removed = tuple(name for name in attributes if name not in given)
        return Update(self.key, set={**given, "version": self.version + 1}, remove=removed, when=self._as_read)

    def deletion(self) -> Delete:
        return Delete(self.key, when=self._as_read)

    def check(self) -> Check:
        """The condition alone."""
        return Check(self.key, self._as_read)

    @property
    def _as_read(self) -> Condition:
        return Condition(equal={"version": self.version}) if self.stored else ABSENT


def require_version(record: VersionedRecord, named: int | None) -> None:
    """Raises `version_conflict`, with the present version, where the caller names another one."""
    if named not in (None, record.version):
        raise errors.VERSION_CONFLICT(figures={"version": record.version})


def at_version(key: Key, version: int) -> VersionedRecord:
    """The record as its caller has read it, who knows its version; 0 where there was none."""
    return VersionedRecord(key, {"version": version} if version else None)


def load_versioned(store: Store, key: Key) -> VersionedRecord:
    return VersionedRecord(key, store.read([key])[key])
