"""Whether what is sealed is what was sealed, and whether the table still agrees with it.

    archive = Archive(store, vault)
    records, findings = archive.complete(scope, records)     # of a scope: the table's items, with what left it
    records = archive.of_wallet(scope, wallet, records)      # of one wallet

A replay can then go from the first entry on, as if none had left the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..ledger.findings import Finding
from ..ledger.records.shared import entry_hash
from ..ledger.records.tombstones import is_tombstone, rehydrate, tombstone_item
from ..store import keys
from ..store.keys import Scope
from ..store.store import Record, Store
from .anchor_check import check_anchors
from .bucket import ArchiveBucket
from .chain import ManifestChain, entries_of, follow_chain
from .lines import ContentDamaged
from .manifest import Manifest, ManifestPart, describe, order_of
from .months import entry_month, entry_wallet, is_entry
from .staging import partition_hash

EntryLocation = tuple[str, str]


@dataclass(frozen=True, slots=True)
class SealedArchive:
    """The archive as a verification looks at it."""

    store: Store
    vault: ArchiveBucket

    def complete(self, scope: str, records: Iterable[Record]) -> tuple[list[Record], list[Finding]]:
        """A scope's items with the entries that left the table in their places, and what is wrong with the archive."""
        table = list(records)
        if Scope.of(scope).mode != "live":
            return table, []
        chain = follow_chain(self.store, self.vault, Scope.of(scope).tenant)
        sealed = self._all(chain)
        return _with_sealed(table, sealed, chain), chain.findings

    def of_wallet(self, scope: str, wallet: str, records: Iterable[Record]) -> tuple[list[Record], list[Finding]]:
        """A wallet's items with its entries that left the table.

        Reads one part of each month of a customer's wallet; of a tenant's, all.
        """
        table = list(records)
        if Scope.of(scope).mode != "live":
            return table, []
        chain, sealed = follow_chain(self.store, self.vault, Scope.of(scope).tenant), dict[EntryLocation, Record]()
        own = keys.funds_wallet_key(scope, wallet)
        a_tenants = self.store.read([own])[own] is not None
        for manifest in chain.months:
            parts = manifest.parts if a_tenants else [manifest.parts[partition_hash(wallet) % len(manifest.parts)]]
            for record in (record for part in parts for record in self._entries(chain, manifest, part)):
                if entry_wallet(record) == wallet:
                    sealed[_entry_location(record)] = record
        there = {_entry_location(record) for record in table}
        return [*table, *(record for place, record in sealed.items() if place not in there)], chain.findings

    def anchored(
        self, scope: str, records: Iterable[Record], wallet: str | None = None
    ) -> tuple[int | None, list[Finding]]:
        """The day up to which the history of a scope, or of one wallet, is anchored, and what differs from it."""
        return check_anchors(self.vault, scope, records, wallet)

    def _all(self, chain: ManifestChain) -> dict[EntryLocation, Record]:
        """Every sealed entry, the parts and their order checked; chains of wallets followed over the months."""
        sealed: dict[EntryLocation, Record] = {}
        last: dict[str, tuple[int, bytes]] = {}
        for manifest in chain.months:
            for part in manifest.parts:
                for record in self._entries(chain, manifest, part):
                    if _entry_location(record) in sealed:
                        chain.find(_record_name(record), "an entry is sealed once", "once", "twice")
                    sealed[_entry_location(record)] = record
                    _check_chain(chain, record, last)
        return sealed

    def _entries(self, chain: ManifestChain, manifest: Manifest, part: ManifestPart) -> list[Record]:
        subject = f"{manifest.tenant} {manifest.month} {part.sha256[:12]}"
        try:
            records = entries_of(self.vault, manifest, part)
            made = describe(part.sha256, part.size, records)
        except (ContentDamaged, KeyError, ValueError, TypeError, AttributeError) as fault:
            chain.find(subject, "a part is what its manifest names", part.sha256, fault)
            return []
        if made != part:
            chain.find(subject, "a part's entries come to what its manifest says", part, made)
        if records != sorted(records, key=order_of):
            chain.find(subject, "entries stand in their order", "sorted", "otherwise")
        for record in records:
            of = record["pk"].split("#")[1], entry_month(record)
            if of != (manifest.tenant, manifest.month):
                chain.find(_record_name(record), "an entry is sealed in its tenant's month", subject, of)
        return records


def _check_chain(chain: ManifestChain, record: Record, last: dict[str, tuple[int, bytes]]) -> None:
    id = record["pk"].rpartition("#")[2]
    if entry_hash(id, record) != record["hash"]:
        chain.find(
            _record_name(record), "a sealed entry says what it said when it was made", record["hash"].hex(), "otherwise"
        )
    if record["sk"] != "TX":
        return
    wallet, number = entry_wallet(record), int(record["g1s"])
    before = last.get(wallet, (0, b""))
    if before != (number - 1, record["prev"]):
        invariant = "numbers and hashes of a wallet go on from month to month"
        chain.find(_record_name(record), invariant, f"after {number - 1}", f"after {before[0]}")
    last[wallet] = (number, record["hash"])


def _with_sealed(table: list[Record], sealed: dict[EntryLocation, Record], chain: ManifestChain) -> list[Record]:
    """The table's items, tombstones replaced by the entries; every difference is found."""
    seen: set[EntryLocation] = set()
    return [*_replaced(table, sealed, chain, seen), *_missing(sealed, chain, seen)]


def _replaced(
    table: list[Record], sealed: dict[EntryLocation, Record], chain: ManifestChain, seen: set[EntryLocation]
) -> Iterator[Record]:
    for record in table:
        if not is_entry(record):
            yield record
            continue
        place = _entry_location(record)
        entry = sealed.get(place)
        if entry is None:
            if is_tombstone(record):
                chain.find(_record_name(record), "what left the table is in the archive", "an entry", "none")
            elif entry_month(record) <= chain.head:
                chain.find(_record_name(record), "a sealed month has all of its entries", "in the archive", "late")
            yield rehydrate(record)
            continue
        seen.add(place)
        expected = tombstone_item(entry, entry_month(entry)) if is_tombstone(record) else entry
        if dict(expected) != dict(record):
            chain.find(_record_name(record), "the table has what was sealed", "the same", "otherwise")
        yield entry


def _missing(sealed: dict[EntryLocation, Record], chain: ManifestChain, seen: set[EntryLocation]) -> Iterator[Record]:
    for place, entry in sealed.items():
        if place not in seen:
            chain.find(
                _record_name(entry), "a sealed entry stands in the table, or its tombstone", "one of them", "neither"
            )
            yield entry


def _entry_location(record: Record) -> EntryLocation:
    return record["pk"], record["sk"]


def _record_name(record: Record) -> str:
    return f"{record['pk'].rpartition('#')[2]} {record['sk']}"
