"""Reads the ledger once, strongly, from end to end, and stages what it finds by tenant.

A scan is what misses nothing: no index lags behind, no list of wallets or merchants can lack one. It costs a read unit
for four kilobytes of the table, once a month. It is cut into chunks, and goes on from a cursor: what a function began
after its cursor and did not tell of is removed by the next one, so that every entry is staged once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, Final

from ..ledger.records.tombstones import is_tombstone
from ..store import archive_keys
from ..store.keys import scope_of
from ..store.store import Record, Store
from .bucket import ArchiveBucket
from .lines import pack
from .months import entry_month, entry_time, is_entry
from .staging import chunk_key, chunks, entry_line, shadow_line, tenant_wallet_line, wallet_line

CHUNK: Final = 20_000
"""Lines that are held in memory before they are written."""

PAGES_PER_RUN: Final = 250
"""Pages of a megabyte that are read before it is looked at the time."""

LIVE: Final = "L#"


def collect_entries(
    store: Store, vault: ArchiveBucket, run: str, before: str, cursor: Mapping[str, Any], more: Callable[[], bool]
) -> dict[str, Any]:
    """Stages from the cursor on, chunk by chunk, while `more()`; at least one chunk.

    Returns `state` ("more" or "done") and the `cursor` to go on from. `before` is the end of what is closed.
    """
    chunk, after = int(cursor.get("chunk", 0)), cursor.get("after")
    vault.clear(chunks(vault, run, since=chunk))
    sealed = _Sealed(store)
    while True:
        lines, after = _chunk(store, sealed, before, after)
        for tenant, those in lines.items():
            vault.stage(chunk_key(run, chunk, tenant), pack(those))
        chunk += 1
        if after is None:
            return {"state": "done", "cursor": {}}
        if not more():
            return {"state": "more", "cursor": {"chunk": chunk, "after": after}}


def _chunk(
    store: Store, sealed: _Sealed, before: str, after: dict[str, Any] | None
) -> tuple[dict[str, list[bytes]], dict[str, Any] | None]:
    lines: dict[str, list[bytes]] = defaultdict(list)
    count = pages = 0
    while count < CHUNK and pages < PAGES_PER_RUN:
        pages += 1
        page = store.scan("ledger", beginning=LIVE, after=after)
        for record in page.items:
            line = _record_line(record, sealed, before)
            if line is not None:
                lines[_tenant_of(record)].append(line)
                count += 1
        after = page.last
        if after is None:
            break
    return lines, after


def _record_line(record: Record, sealed: _Sealed, before: str) -> bytes | None:
    if record["sk"] == "BAL":
        return wallet_line(record)
    if record["sk"] == "FUNDS" and "#W#" in record["pk"]:
        return tenant_wallet_line(record)
    if not is_entry(record):
        return None
    open_still = entry_time(record) >= before
    if open_still or is_tombstone(record) or entry_month(record) <= sealed.month(_tenant_of(record)):
        return shadow_line(record)
    return entry_line(record)


def _tenant_of(record: Record) -> str:
    return scope_of(record["pk"]).tenant


class _Sealed:
    """The last sealed month of each tenant, read when it is first met."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._months: dict[str, int] = {}

    def month(self, tenant: str) -> int:
        if tenant not in self._months:
            key = archive_keys.sealed_month_key(tenant)
            self._months[tenant] = (self._store.read([key])[key] or {}).get("month", 0)
        return self._months[tenant]
