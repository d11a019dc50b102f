"""Anchors the ledger's history: once a day, the ids and hashes of the entries of every tenant's books are written where
nobody who can write the tables can change them: into the archive's bucket, under a lock in compliance mode.

    python -m batua.audit.verify --tenant ten_… --archive     compares the table with it, and names the last day

It reads the day and the day before from two indexes, so it costs a read unit for eight kilobytes of twice a day's
entries: about 1 % of what posting them cost. An entry that comes after its day was anchored is in the next list.
Every step may be done twice; what is done is noted in the staging area, so that the next run goes on from there.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from .. import clock
from ..identity.tenant import read_tenant
from ..observe import log
from ..store import archive_keys, keys
from ..store.store import Record, Store
from .anchor_records import (
    ROLLS,
    AnchorHead,
    AnchorLink,
    AnchorRoll,
    anchor_line,
    entry_day,
    list_key,
    make_list,
    next_day,
    read_list,
    read_roll,
    roll_key,
    sign_roll,
)
from .bucket import ArchiveBucket, ContentConflict
from .lines import content_digest
from .months import entry_time

ANCHOR_GRACE_MS: Final = 2 * 3_600_000
"""A day is anchored this long after its end: requests have ended by then, and indexes have followed the table."""

Places = list[tuple[str, str]]
"""Index and partition of all entries of a tenant's books."""


@dataclass(frozen=True, slots=True)
class AnchorRun:
    """What a run did. `behind`: days that have ended and are not anchored yet; 0 when all is done."""

    day: int
    behind: int
    tenants: int = 0
    entries: int = 0
    late: int = 0


def due_day(now: int) -> int:
    """The last day (yyyymmdd, UTC) that can be anchored."""
    return clock.local_day(now - ANCHOR_GRACE_MS - clock.DAY_MS, "UTC")


def anchor_history(
    store: Store, vault: ArchiveBucket, now: int, more: Callable[[], bool], *, lock_days: int
) -> AnchorRun:
    """Anchors every day that has ended, while `more()`; at least one tenant. Objects are locked for `lock_days`.

    Raises ContentConflict where other content is stored under the key of a list or a roll.
    """
    due, last = due_day(now), last_roll(vault)
    if last and last[0].day >= due:
        return AnchorRun(last[0].day, 0)
    return _Anchoring(store, vault, due, last, more, now + lock_days * clock.DAY_MS).run()


def last_roll(vault: ArchiveBucket) -> tuple[AnchorRoll, AnchorLink, bool] | None:
    """The newest roll, its day with its hash, and whether the deployment signed it. Raises ContentDamaged."""
    names = list(vault.names(ROLLS))
    if not names:
        return None
    body = vault.read(names[-1]) or b""
    roll, signed = read_roll(body)
    return roll, (roll.day, content_digest(body)), signed


class _Anchoring:
    """One run for one day."""

    def __init__(
        self,
        store: Store,
        vault: ArchiveBucket,
        day: int,
        last: tuple[AnchorRoll, AnchorLink, bool] | None,
        more: Callable[[], bool],
        locked_until: int,
    ) -> None:
        if last and not last[2]:
            raise ContentConflict(f"the roll of {last[0].day} is not signed by this deployment")
        self._store, self._vault, self._day, self._more = store, vault, day, more
        self._locked_until = locked_until
        self._before = last[0] if last else None
        self._link = last[1] if last else None
        self._heads = dict(self._before.heads) if self._before else {}
        self._late = self._entries = self._tenants = 0

    def run(self) -> AnchorRun:
        noted = json.loads(self._vault.staged(self._note_name) or b"{}")
        after = noted.get("after", "")
        self._heads |= {tenant: AnchorHead(**_tuples(head)) for tenant, head in noted.get("heads", {}).items()}
        for tenant, merchants in sorted(self._books().items()):
            if tenant <= after:
                continue
            if not self._tenant(tenant, merchants):
                return self._stop(after)
            after, self._tenants = tenant, self._tenants + 1
            if not self._more():
                return self._stop(after)
        self._put(roll_key(self._day), sign_roll(AnchorRoll(self._day, self._link, self._heads)), self._same_roll)
        return AnchorRun(self._day, 0, self._tenants, self._entries, self._late)

    def _stop(self, after: str) -> AnchorRun:
        heads = {tenant: asdict(head) for tenant, head in self._heads.items()}
        self._vault.stage(self._note_name, json.dumps({"after": after, "heads": heads}).encode())
        first = self._before.day if self._before else next_day(self._day, -1)
        behind = (clock.day_start(self._day, "UTC") - clock.day_start(first, "UTC")) // clock.DAY_MS
        return AnchorRun(first, behind, self._tenants, self._entries, self._late)

    @property
    def _note_name(self) -> str:
        return f"anchors/{self._day}.json"

    # What there is to anchor

    def _books(self) -> dict[str, set[str]]:
        """Every tenant, with those that post in its books: itself, those that take part in its programs, and those that
        did when it was last anchored. Sealed books are anchored whether or not their tenant is still in the tree."""
        platform = keys.platform_key()
        record = self._store.read([platform])[platform]
        books: dict[str, set[str]] = defaultdict(set)
        waiting = [record["operator"]] if record else []
        while waiting:
            parent = waiting.pop()
            books[parent].add(parent)
            partition = keys.children_partition(parent)
            for row in self._store.query_all("directory", partition, index="by_parent"):
                tenant = read_tenant(row)
                waiting.append(tenant.id)
                if tenant.program:
                    books[tenant.program.owner].add(tenant.id)
        for id in self._vault.tenants():
            books[id].add(id)
        for id, head in self._heads.items():
            books[id].update(head.merchants)
        return books

    def _places(self, tenant: str, merchants: set[str]) -> Places:
        scope = keys.scope("live", tenant)
        wallets = self._store.query_all("ledger", keys.funds_wallets_partition(scope), index="due")
        return [
            *(("activity", keys.activity_partition(scope, merchant)) for merchant in sorted(merchants)),
            *(("statement", keys.funds_statement_partition(scope, row["g3s"])) for row in wallets),
        ]

    def _tenant(self, tenant: str, merchants: set[str]) -> bool:
        """Writes the tenant's lists up to the day; False where its time was up before."""
        places, head = self._places(tenant, merchants), self._heads.get(tenant)
        begins = head.begins if head else self._first_day(tenant)
        day = next_day(head.last[0]) if head else begins
        if self._before and tenant in self._before.heads:
            day = max(day, next_day(self._before.day))
        while day <= self._day:
            if day < self._day:  # Days were missed: go to the next one that has an entry.
                day = max(day, min(self._next_entry_day(places, next_day(day, -1)), self._day))
            written = self._list(tenant, day, begins, places, merchants)
            day = next_day(day)
            if written and day <= self._day and not self._more():
                return False  # The next run goes on after the list that was written last.
        return True

    def _first_day(self, tenant: str) -> int:
        """The first day after the sealed months, which have their own hashes under the lock."""
        key = archive_keys.sealed_month_key(tenant)
        sealed = self._store.read([key])[key]
        return clock.add_months(sealed["month"], 1) * 100 + 1 if sealed else 19700102

    def _next_entry_day(self, places: Places, since: int) -> int:
        first, none = clock.iso(clock.day_start(since, "UTC")), next_day(self._day)
        pages = (
            self._store.query("ledger", partition, index=index, since=first, limit=1) for index, partition in places
        )
        return min((entry_day(page.items[0]) for page in pages if page.items), default=none)

    def _list(self, tenant: str, day: int, begins: int, places: Places, merchants: set[str]) -> bool:
        """Writes the list of a day. False where the day has no entries."""
        head = self._heads.get(tenant)
        previous = head.last if head else None
        yesterday = next_day(day, -1)
        known = self._listed(tenant, previous) if previous and previous[0] == yesterday else set()
        records = [
            record
            for record in self._entries_between(places, max(begins, yesterday), day)
            if anchor_line(record)[1:3] not in known
        ]
        if not records:
            return False
        late = [record for record in records if self._before and entry_day(record) <= self._before.day]
        if late:
            names = [anchor_line(record)[1] for record in late[:5]]
            log().warning(
                "entries came after their day was anchored",
                extra={"tenant": tenant, "count": len(late), "entries": names},
            )
            self._late += len(late)
        made = make_list(tenant, day, previous, begins, records)

        def same(existing: bytes) -> bool:
            existing_list = read_list(existing)
            return (existing_list.tenant, existing_list.day, existing_list.previous, existing_list.begins) == (
                tenant,
                day,
                previous,
                begins,
            )

        stored = self._put(list_key(tenant, day), made.to_bytes(), same)
        stored_list = read_list(stored)
        count = len(stored_list.lines)
        self._entries += count
        entries = (head.entries if head else 0) + count
        self._heads[tenant] = AnchorHead((day, content_digest(stored)), begins, entries, tuple(sorted(merchants)))
        return True

    def _listed(self, tenant: str, link: AnchorLink) -> set[tuple[str, str]]:
        body = self._vault.read(list_key(tenant, link[0])) or b""
        if content_digest(body) != link[1]:
            raise ContentConflict(list_key(tenant, link[0]))
        return {line[1:3] for line in read_list(body).lines}

    def _entries_between(self, places: Places, first: int, last: int) -> Iterator[Record]:
        since = clock.iso(clock.day_start(first, "UTC"))
        until = clock.iso(clock.day_start(next_day(last), "UTC"))
        for index, partition in places:
            for record in self._store.query_all("ledger", partition, index=index, since=since, until=until):
                if entry_time(record) < until:
                    yield record

    # Writing

    def _put(self, key: str, body: bytes, same: Callable[[bytes], bool]) -> bytes:
        """Writes under lock what is not there, and returns what is stored: by a run that died, or by this one."""
        existing = self._vault.put_once(key, body, locked_until=self._locked_until)
        if existing != body and not same(existing):
            raise ContentConflict(key)
        return existing

    def _same_roll(self, existing: bytes) -> bool:
        roll, signed = read_roll(existing)
        return signed and (roll.day, roll.previous, roll.heads) == (self._day, self._link, self._heads)


def _tuples(head: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in head.items()}
