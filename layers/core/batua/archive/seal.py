"""Seals what a collection has staged: tenant by tenant, month by month, in order.

    prove     every bucket of the tenant's wallets, before anything is written
    parts     named by their content; a part that exists already is the same
    manifest  written once: a second run finds the month sealed
    tip       the directory then says how far the books are sealed

Each step may be done twice, and what is done is noted in the staging area, so that the next function goes on where the
time of the last one was up.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from .. import clock
from ..ledger.records.customer_coins import sequence_text
from ..store import archive_keys, keys
from ..store.store import ConditionFailed, Store
from ..store.writes import ABSENT, Condition, Update
from .bucket import ArchiveBucket, manifest_key, part_key
from .completeness import CompletenessReport, WalletMovements, totals_faults, verify_completeness
from .lines import content_digest, pack, to_line
from .manifest import Manifest, ManifestPart, describe, order_of, part_from, read_manifest
from .months import entry_time
from .staging import chunks_by_tenant, staged_lines

PART_ENTRIES: Final = 20_000
"""Entries of a part, about: some megabytes compressed, and what a function holds at once."""

LINES_PER_CHECK: Final = 200_000
MAX_FAULTS: Final = 20
"""As many as go from step to step of the workflow; each is in the log."""

More = Callable[[], bool]


class NotComplete(Exception):
    """What was collected is not all that there must be: nothing of the tenant is sealed. Says what is missing."""


class IndexBehind(Exception):
    """An index has not followed the table yet."""


@dataclass(frozen=True, slots=True)
class Survey:
    """How much of a tenant is staged: lines, entries to be sealed by month, and all that is there by month."""

    lines: int
    fresh: Mapping[int, int]
    there: Mapping[int, int]


@dataclass(slots=True)
class SealingRun:
    """The sealing of one run. `part_entries` and `proved_lines` bound what is held in memory."""

    store: Store
    vault: ArchiveBucket
    run: str
    before: str
    part_entries: int = PART_ENTRIES
    proved_lines: int = LINES_PER_CHECK
    _chunks: Mapping[str, list[str]] = field(init=False)

    def __post_init__(self) -> None:
        self._chunks = chunks_by_tenant(self.vault, self.run)

    def go_on(self, cursor: Mapping[str, Any], more: More) -> dict[str, Any]:
        """Seals from a tenant on, while `more()`; at least one step.

        Returns `state` ("more", "done", "faulty") and the `cursor` to go on from, with `faults` in words: tenants of
        which nothing is sealed, and sealed months of which the table has other entries. Raises IndexBehind.
        """
        faults: list[str] = list(cursor.get("faults", ()))
        for tenant in self._chunks:
            if tenant <= str(cursor.get("after", "")):
                continue
            try:
                found = self._tenant(tenant, more)
            except NotComplete as fault:
                found = [str(fault)]
            if found is None:
                return {"state": "more", "cursor": {**cursor, "faults": faults}}
            faults = [*faults, *found][:MAX_FAULTS]
            cursor = {"after": tenant}
            if not more():
                return {"state": "more", "cursor": {**cursor, "faults": faults}}
        return {"state": "faulty" if faults else "done", "cursor": {"faults": faults}}

    def _tenant(self, tenant: str, more: More) -> list[str] | None:
        """Seals a tenant's closed months. Returns the months with late entries; None where its time was up before."""
        survey = self._survey(tenant)
        if not self._prove_all(tenant, survey.lines, more):
            return None
        head = self._head(tenant)
        for month in sorted(survey.fresh):
            if head and month <= head[0]:
                continue
            parts = self._parts(tenant, month, survey.fresh[month], more)
            if parts is None:
                return None
            head = self._seal(Manifest(tenant, month, head, tuple(parts)))
        return self._late(tenant, survey, head)

    def _survey(self, tenant: str) -> Survey:
        noted = self._noted(f"survey/{tenant}")
        if noted is None:
            lines, fresh, there = 0, Counter[int](), Counter[int]()
            for line in staged_lines(self.vault, self._chunks[tenant]):
                lines += 1
                fresh[line.month] += line.kind == "E"
                there[line.month] += line.kind in ("E", "S")
            noted = [lines, [*fresh.items()], [*there.items()]]
            self._note(f"survey/{tenant}", noted)
        lines, by_month, all_by_month = noted
        fresh_months = {month: count for month, count in by_month if count}
        return Survey(lines, fresh_months, {month: count for month, count in all_by_month if count})

    def _prove_all(self, tenant: str, lines: int, more: More) -> bool:
        """Proves bucket by bucket, then the totals of all of them; False where its time was up before."""
        if self._noted(f"proved/{tenant}"):
            return True
        moved, wallets = WalletMovements(), set[str]()
        buckets = max(1, -(-lines // self.proved_lines))
        for bucket in range(buckets):
            noted = self._noted(f"proved/{tenant}-{bucket}")
            if noted is None:
                proof = self._prove(tenant, bucket, buckets)
                noted = [sorted(proof.tenants), [[*place, *sums] for place, sums in proof.moved.items()]]
                self._note(f"proved/{tenant}-{bucket}", noted)
                if not more():
                    return False
            wallets.update(noted[0])
            for wallet, month, *sums in noted[1]:
                moved.add(wallet, month, *sums)
        _require_complete(tenant, totals_faults(moved, self._counted(tenant, moved, wallets)))
        self._note(f"proved/{tenant}", True)
        return True

    def _prove(self, tenant: str, bucket: int, buckets: int) -> CompletenessReport:
        proof = verify_completeness(staged_lines(self.vault, self._chunks[tenant], bucket, buckets))
        faults, scope = proof.faults, keys.scope("live", tenant)
        for wallet, number in proof.unseen.items():
            partition = keys.wallet_partition(scope, wallet)
            since = sequence_text(number)
            page = self.store.query("ledger", partition, index="statement", since=since, until=since, limit=1)
            if not page.items:
                raise IndexBehind(f"{wallet}: the entry with the number {number} is not in the index")
            if entry_time(page.items[0]) < self.before:
                faults = [*faults, f"{wallet}: the entry with the number {number} was not collected"]
        _require_complete(tenant, faults)
        return proof

    def _counted(self, tenant: str, moved: WalletMovements, wallets: Iterable[str]) -> WalletMovements:
        """What the stream has counted of the tenant's own wallets, in the months of which something is to be sealed.

        Those begin after the last that was sealed when the table was read: another run may have sealed more since.
        """
        scope, head = keys.scope("live", tenant), self._head(tenant)
        months = [month for _, month in moved]
        first = min([*months, clock.add_months(head[0], 1) if head else 0])
        last = clock.add_months(int(self.before[:4] + self.before[5:7]), -1)
        counted = WalletMovements()
        for wallet in {*wallets, *(wallet for wallet, _ in moved)}:
            bounds = {"since": f"M#{first:06d}", "until": f"M#{last:06d}", "consistent": True}
            for row in self.store.query_all("directory", keys.wallet_days_partition(scope, wallet), **bounds):
                month = int(row["sk"].partition("#")[2])
                counted.add(wallet, month, row.get("in", 0), row.get("out", 0), row.get("lines", 0))
        return counted

    def _parts(self, tenant: str, month: int, count: int, more: More) -> list[ManifestPart] | None:
        made: list[ManifestPart] = []
        number = max(1, -(-count // self.part_entries))
        for bucket in range(number):
            noted = self._noted(f"parts/{tenant}/{month}-{bucket}")
            if noted is None:
                part = self._part(tenant, month, bucket, number)
                self._note(f"parts/{tenant}/{month}-{bucket}", asdict(part))
                made.append(part)
                if not more():
                    return None
            else:
                made.append(part_from(noted))
        return made

    def _part(self, tenant: str, month: int, bucket: int, buckets: int) -> ManifestPart:
        lines = staged_lines(self.vault, self._chunks[tenant], bucket, buckets)
        records = sorted((line.entry() for line in lines if line.kind == "E" and line.month == month), key=order_of)
        body = pack(map(to_line, records))
        sha256 = content_digest(body)
        self.vault.put_identical(part_key(tenant, month, sha256), body)
        return describe(sha256, len(body), records)

    def _seal(self, manifest: Manifest) -> tuple[int, str]:
        """Writes the manifest, or finds the month sealed, and moves the head. What is stored is what is sealed."""
        tenant, month = manifest.tenant, manifest.month
        existing = self.vault.put_once(manifest_key(tenant, month), manifest.to_bytes())
        if read_manifest(existing).previous != manifest.previous:
            raise NotComplete(f"{tenant}: {month} is sealed after another month than {manifest.previous}")
        sha256 = content_digest(existing)
        as_read = Condition(equal={"month": manifest.previous[0]}) if manifest.previous else ABSENT
        try:
            self.store.write(
                Update(archive_keys.sealed_month_key(tenant), set={"month": month, "sha": sha256}, when=as_read)
            )
        except ConditionFailed as moved:
            # Its own first coming, or another run's.
            if moved.item is None or moved.item["month"] < month:
                raise
        return month, sha256

    def _head(self, tenant: str) -> tuple[int, str] | None:
        key = archive_keys.sealed_month_key(tenant)
        found = self.store.read([key])[key]
        return (found["month"], found["sha"]) if found else None

    def _late(self, tenant: str, survey: Survey, head: tuple[int, str] | None) -> list[str]:
        """Sealed months of which the table has other entries than the seal."""
        late = []
        for month, there in sorted(survey.there.items()):
            if head is None or month > head[0]:
                continue
            body = self.vault.read(manifest_key(tenant, month))
            sealed = read_manifest(body).entries if body else 0
            if sealed != there:
                late.append(f"{tenant} {month}: {sealed} entries are sealed, {there} are in the table")
        return late

    def _note(self, name: str, value: Any) -> None:
        self.vault.stage(f"{self.run}/{name}.json", json.dumps(value).encode())

    def _noted(self, name: str) -> Any:
        body = self.vault.staged(f"{self.run}/{name}.json")
        return None if body is None else json.loads(body)


def _require_complete(tenant: str, faults: Sequence[str]) -> None:
    if faults:
        raise NotComplete(f"{tenant}: {len(faults)} faults, such as {'; '.join(faults[:2])}")
