"""Compares the entries on record with the anchors: rewriting every table does not change what lies under the lock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..ledger.findings import Finding
from ..store.keys import Scope
from ..store.store import Record
from .anchor import last_roll
from .anchor_records import AnchorLine, AnchorLink, AnchorList, anchor_line, entry_day, list_key, read_list
from .bucket import ArchiveBucket
from .lines import ContentDamaged, content_digest
from .months import is_entry


def check_anchors(
    vault: ArchiveBucket, scope: str, records: Iterable[Record], wallet: str | None = None
) -> tuple[int | None, list[Finding]]:
    """The day (yyyymmdd, UTC) up to which the books' history is anchored, None where none is, and what differs.

    `records` are all of the scope's entries, or all of one wallet's.
    """
    books = Scope.of(scope)
    if books.mode != "live":
        return None, []
    try:
        last = last_roll(vault)
    except ContentDamaged as fault:
        return None, [Finding(scope, "the last roll of anchors can be read", "a roll", str(fault))]
    if last is None:
        return None, []
    roll, _, signed = last
    findings = [] if signed else [Finding(scope, "this deployment signed the last roll of anchors", "signed", "not")]
    head = roll.heads.get(books.tenant)
    begins = head.begins if head else 0
    anchored: dict[tuple[str, str], tuple[int, AnchorLine]] = {}
    count = 0
    for each in _lists(vault, books.tenant, head.last if head else None, findings):
        count += len(each.lines)
        for line in each.lines:
            if wallet in (None, line[0]):
                anchored[line[1:3]] = (each.day, line)
    if head and count != head.entries:
        invariant = "the tenant's lists have as many entries as the roll says"
        findings.append(Finding(scope, invariant, str(head.entries), str(count)))
    findings += _compare(anchored, records, begins, roll.day)
    return roll.day, findings


def _lists(vault: ArchiveBucket, tenant: str, link: AnchorLink | None, findings: list[Finding]) -> Iterator[AnchorList]:
    """A tenant's lists from the last back, each checked against the hash that names it."""
    while link is not None:
        day, sha256 = link
        body = vault.read(list_key(tenant, day)) or b""
        found = content_digest(body) if body else "missing"
        try:
            if found != sha256:
                raise ContentDamaged(found)
            made = read_list(body)
        except ContentDamaged as fault:
            invariant = "a list of anchored entries is what its successor names"
            findings.append(Finding(f"{tenant} {day}", invariant, sha256, str(fault)))
            return
        yield made
        link = made.previous


def _compare(
    anchored: dict[tuple[str, str], tuple[int, AnchorLine]], records: Iterable[Record], begins: int, until: int
) -> Iterator[Finding]:
    there = {}
    for record in filter(is_entry, records):
        line = anchor_line(record)
        there[line[1:3]] = line
        if line[1:3] not in anchored and begins <= entry_day(record) <= until:
            invariant = "an entry of an anchored day was anchored with it"
            yield Finding(line[1], invariant, f"anchored on or after {entry_day(record)}", "not anchored")
    for place, (day, line) in sorted(anchored.items()):
        found = there.get(place)
        if found is None:
            yield Finding(place[0], f"the entry that was anchored on {day} is on record", line[3], "no entry")
        elif found != line:
            yield Finding(place[0], f"the entry says what it said when it was anchored on {day}", line[3], found[3])
