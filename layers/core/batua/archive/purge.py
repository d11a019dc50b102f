"""Lets entries leave the table that have been sealed for long: each becomes a tombstone, by one conditional write.

Before a month is touched the chain from the tip back to it is checked, and each part against its hash. The condition of
every write is the hash that the seal has: what is not sealed, or is sealed otherwise, stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ..ledger.records.tombstones import MARK, tombstone
from ..store import archive_keys
from ..store.store import ConditionFailed, Record, Store
from ..store.writes import Condition, Update
from .bucket import ArchiveBucket
from .chain import entries_of, follow_chain
from .manifest import Manifest

BATCH: Final = 25
"""Writes between two looks at the time that is left."""


class NotSealed(Exception):
    """The archive does not hold what was to leave the table: nothing more of the tenant leaves it."""


def purge_sealed(
    store: Store, vault: ArchiveBucket, last: int | None, cursor: Mapping[str, Any], more: Callable[[], bool]
) -> dict[str, Any]:
    """Goes on from the cursor, while `more()`; at least one batch. `last` is the last month that may leave.

    Returns `state` and the `cursor`. Raises NotSealed.
    """
    if last is None:
        return {"state": "done", "cursor": {}}
    work = _Purge(store, vault, last, more)
    last_tenant = cursor.get("tenant")
    if last_tenant and (stopped := work.tenant(last_tenant, cursor)):
        return {"state": "more", "cursor": stopped}
    for tenant in vault.tenants(after=str(last_tenant or "")):
        if stopped := work.tenant(tenant, {}):
            return {"state": "more", "cursor": stopped}
    return {"state": "done", "cursor": {}}


class _Purge:
    def __init__(self, store: Store, vault: ArchiveBucket, last: int, more: Callable[[], bool]) -> None:
        self._store, self._vault, self._last, self._more = store, vault, last, more

    def tenant(self, tenant: str, cursor: Mapping[str, Any]) -> dict[str, Any] | None:
        """Purges a tenant's months. Returns where it stopped when time is up; None at the end."""
        chain = follow_chain(self._store, self._vault, tenant)
        if chain.findings:
            raise NotSealed(f"{tenant}: {chain.findings[0]}")
        for manifest in chain.months:
            if chain.purged_to < manifest.month <= self._last:
                begin = cursor if cursor.get("month") == manifest.month else {}
                stopped = self._month(manifest, int(begin.get("part", 0)), int(begin.get("entry", 0)))
                if stopped:
                    return {"tenant": tenant, "month": manifest.month, **stopped}
                self._note(tenant, manifest.month)
        return None

    def _month(self, manifest: Manifest, part: int, entry: int) -> dict[str, int] | None:
        for number in range(part, len(manifest.parts)):
            entries = entries_of(self._vault, manifest, manifest.parts[number])
            for index in range(entry if number == part else 0, len(entries)):
                self._replace_with_tombstone(entries[index], manifest.month)
                if index % BATCH == BATCH - 1 and not self._more():
                    return {"part": number, "entry": index + 1}
        return None

    def _replace_with_tombstone(self, record: Record, month: int) -> None:
        try:
            self._store.write(tombstone(record, month))
        except ConditionFailed as refused:
            stored = refused.item or {}
            if stored.get(MARK) != month or stored.get("hash") != record["hash"]:
                raise NotSealed(f"{record['pk']} {record['sk']} is not the entry that was sealed") from refused

    def _note(self, tenant: str, month: int) -> None:
        key = archive_keys.sealed_month_key(tenant)
        self._store.write(Update(key, set={"purged": month}, when=Condition(present=("pk",))))
