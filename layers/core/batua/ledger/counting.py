"""Counting exactly once what a stream delivers at least once.

A row of the totals keeps the names of the entries that it counted last, and one write adds to both on the condition
that it lacks them. A write alone costs half of one in a transaction, and needs no other item. A name begins with its
entry's instant, so names sort by time: where there are too many, the oldest are spilled into an item of their own, and
the row says up to which instant it has (`_hi`). An entry after that instant was counted if the row names it, and only
then. One that is not after it comes late: what was spilled says whether it was counted before, else a page of two
seconds does, which is written in one transaction with what the entry adds.

Each row counts an entry for itself. The day's total is the last to do so: what it has counted is counted everywhere.
A change of a transaction's state moves it between two rows, long after its entry: a page has its name too.

Rows that were begun before rows kept names have no `_hi`: to them every entry comes late. The names of what was counted
then stand on pages, one for all rows of an entry.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from .. import clock
from ..store.counting_keys import counted_names_key, counted_names_partition, counted_page_key
from ..store.keys import Key
from ..store.store import Cancelled, ConditionFailed, Contended, Record, Store
from ..store.writes import ABSENT, Condition, Put, Update, Write

FEW: Final = 40
"""Names that a row keeps before the oldest are spilled: with its figures it stays below one write unit."""
MANY: Final = 400
"""Names that it keeps at most, where that many came within moments."""
RECENT_MS: Final = 3_000
"""What came within this time of a row's newest entry is kept: shards of the stream are not at the same instant."""
_MOST_WRITES: Final = 100
_MOST_ENTRIES: Final = 90
"""Of one condition, which may have three hundred operators, and takes three a name."""
_PAGE_MS: Final = 2_000
"""Entries of so much time share a page: ten thousand a second fill two thirds of what an item may hold."""
_NAME_BYTES: Final = 12
_INSTANT_BYTES: Final = 6
_MAX_ATTEMPTS: Final = 6
_MOST_REFUSALS: Final = 3
"""Rows that may fail before the rest of a batch is not tried: the function has two minutes."""
_KEPT_SECONDS: Final = 7 * 86_400

TotalSums = Counter[tuple[Key, str]]
"""(Row, attribute) -> how much is added."""


@dataclass(frozen=True, slots=True)
class EntryMark:
    """Under which names an entry is counted, and the page that has them where it comes late."""

    at: int
    page: Key
    digest: bytes

    @staticmethod
    def of(record: Record, name: str | None = None) -> EntryMark:
        """An entry's mark; with `name`, that of something about it, on the same page."""
        pk = str(record["pk"])
        at = clock.parse_iso(str(record.get("g2s") or record["g1s"]).partition("#")[0])
        digest = hashlib.sha256((name or f"{pk}#{record['sk']}").encode()).digest()[:_NAME_BYTES]
        return EntryMark(at, counted_page_key(pk.rpartition("#K#")[0], at // _PAGE_MS), digest)

    @property
    def name(self) -> bytes:
        """In a row, where names are in the order of time."""
        return self.at.to_bytes(_INSTANT_BYTES, "big") + self.digest[: _NAME_BYTES - _INSTANT_BYTES]

    def on(self, row: Key) -> bytes:
        """On the page, of what the entry adds to one row."""
        return hashlib.sha256(self.digest + f"{row.pk}#{row.sk}".encode()).digest()[:_NAME_BYTES]


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the stream brings, and what it adds. `is_entry`: else it is the change of a transaction's state."""

    sequence: str
    mark: EntryMark
    sums: TotalSums
    is_entry: bool = True


@dataclass(frozen=True, slots=True)
class _Share:
    """What an entry adds to one row."""

    sequence: str
    mark: EntryMark
    adds: Mapping[str, int]


def count_once(store: Store, arrivals: Sequence[Arrival], now: int) -> list[str]:
    """Adds what has not been added before. Returns the numbers of what is to come again."""
    failed: set[str] = set()
    refusals = 0
    shares = _by_row([each for each in arrivals if each.is_entry])
    for row in sorted(shares, key=counted_last):
        for start in range(0, len(shares[row]), _MOST_ENTRIES):
            wanted = [each for each in shares[row][start : start + _MOST_ENTRIES] if each.sequence not in failed]
            try:
                if refusals >= _MOST_REFUSALS:
                    raise Contended("the table does not answer")
                _add_to_row(store, row, wanted, now)
            except Contended:
                refusals += 1
                failed |= {each.sequence for each in wanted}
    for chunk in _chunks([each for each in arrivals if not each.is_entry]):
        try:
            _add_changes(store, chunk, now)
        except Contended:
            failed |= {each.sequence for each in chunk}
    return [each.sequence for each in arrivals if each.sequence in failed]


def counted_last(row: Key) -> bool:
    """Whether a row is a day's total, which counts an entry after all others have."""
    return row.sk.count("#") == 3


def figures_of(row: Record) -> dict[str, int]:
    """What a row adds up, without its key and its names."""
    return {name: amount for name, amount in row.items() if name not in ("pk", "sk") and name[0] != "_"}


def uncounted(store: Store, entries: Sequence[tuple[Record, Key]]) -> list[int]:
    """The instants of those entries that a row has not counted. Each comes with the row that counts it last."""
    marks = [(EntryMark.of(record), row) for record, row in entries]
    found = store.read({row for _, row in marks} | {mark.page for mark, _ in marks})
    missing: list[int] = []
    late: dict[Key, list[EntryMark]] = {}
    for mark, row in marks:
        there = found[row] or {}
        if mark.name in there.get("_ids", ()) or _is_on(found[mark.page], mark, row):
            continue
        if mark.at <= there.get("_hi", -1):
            late.setdefault(row, []).append(mark)
        else:
            missing.append(mark.at)
    for row, waiting in late.items():
        spilled = _spilled(store, row, waiting)
        missing += [mark.at for mark in waiting if mark.name not in spilled]
    return missing


def _by_row(arrivals: Iterable[Arrival]) -> dict[Key, list[_Share]]:
    shares: dict[Key, list[_Share]] = {}
    for arrival in arrivals:
        for row, adds in _by_key(arrival.sums).items():
            shares.setdefault(row, []).append(_Share(arrival.sequence, arrival.mark, adds))
    return shares


def _by_key(sums: TotalSums) -> dict[Key, dict[str, int]]:
    rows: dict[Key, dict[str, int]] = {}
    for (row, name), amount in sums.items():
        rows.setdefault(row, {})[name] = amount
    return rows


def _summed(shares: Sequence[_Share]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for share in shares:
        total.update(share.adds)
    return dict(total)


def _add_to_row(store: Store, row: Key, shares: Sequence[_Share], now: int) -> None:
    left, begun = list(shares), True
    for _ in range(_MAX_ATTEMPTS):
        if not left:
            return
        try:
            counted = store.update(_counting(row, left) if begun else _beginning(row, left))
        except ConditionFailed as refused:
            stored = refused.item or store.read([row])[row]
            begun = stored is not None
            if stored is None:
                continue
            left = [each for each in left if each.mark.name not in stored.get("_ids", ())]
            late = [each for each in left if "_hi" not in stored or each.mark.at <= stored["_hi"]]
            if late:
                _add_late(store, row, late, stored, now)
                left = [each for each in left if each not in late]
            if left and stored["_n"] >= MANY:
                _spill(store, row, stored, now)
        else:
            _spill(store, row, counted, now)
            return
    if left:
        raise Contended("totals could not be written")


def _counting(row: Key, shares: Sequence[_Share]) -> Update:
    """Adds to a row that has room for names, where each entry is after what was spilled, and not named."""
    names = [each.mark.name for each in shares]
    earliest = min(each.mark.at for each in shares)
    return Update(
        row,
        add={**_summed(shares), "_ids": frozenset(names), "_n": len(names)},
        when=Condition(below={"_hi": earliest, "_n": MANY}, lacking={"_ids": names}),
    )


def _beginning(row: Key, shares: Sequence[_Share]) -> Update:
    names = frozenset(each.mark.name for each in shares)
    return Update(row, add={**_summed(shares), "_ids": names, "_n": len(names)}, set={"_hi": 0}, when=ABSENT)


def _spill(store: Store, row: Key, stored: Record, now: int) -> None:
    """Moves the oldest names out of a row that has many. What came just now is kept, unless it alone is too many."""
    if stored["_n"] <= FEW:
        return
    names = sorted(stored["_ids"])
    count = sum(_instant_of_name(name) < _instant_of_name(names[-1]) - RECENT_MS for name in names)
    if len(names) >= MANY:
        count = max(count, len(names) // 2)
    if count < len(names) // 2:
        return  # a row that is written all the time pays for its names less than for spilling a few of them each time
    until = _instant_of_name(names[count - 1])
    kept = frozenset(name for name in names if _instant_of_name(name) > until)
    spilled = Put(counted_names_key(row, until), {"ids": frozenset(names) - kept, "ttl": now // 1000 + _KEPT_SECONDS})
    # Only additions of names leave `_hi` as it is, and they count up `_n`: both together say that the row is as read.
    left = Update(
        row,
        set={"_hi": until, "_n": len(kept), **({"_ids": kept} if kept else {})},
        remove=() if kept else ("_ids",),
        when=Condition(equal={"_hi": stored["_hi"], "_n": stored["_n"]}),
    )
    with suppress(Cancelled, Contended):  # somebody else has counted or spilled: what is there now decides
        store.commit([spilled, left])


def _instant_of_name(name: bytes) -> int:
    return int.from_bytes(name[:_INSTANT_BYTES], "big")


def _spilled(store: Store, row: Key, marks: Sequence[EntryMark]) -> set[bytes]:
    """The names in those of a row's spilled items that may have some of these: up to the first that reaches beyond."""
    first, last = min(mark.at for mark in marks), max(mark.at for mark in marks)
    names: set[bytes] = set()
    after: dict[str, Any] | None = None
    while True:
        page = store.query(
            "directory",
            counted_names_partition(row),
            since=f"{first:015d}",
            limit=1 if first == last else 25,
            after=after,
            consistent=True,
        )
        for item in page.items:
            names |= item["ids"]
            if int(item["sk"]) >= last:
                return names
        after = page.last
        if after is None:
            return names


def _add_late(store: Store, row: Key, shares: Sequence[_Share], stored: Record, now: int) -> None:
    """Adds entries that are not after what the row has spilled. None of them can enter its names any more."""
    spilled = _spilled(store, row, [each.mark for each in shares]) if "_hi" in stored else set()
    fresh = [each for each in shares if each.mark.name not in spilled]
    half = _MOST_ENTRIES // 2  # of each, a page must lack two names
    for start in range(0, len(fresh), half):
        _add_by_pages(store, row, fresh[start : start + half], now)


def _add_by_pages(store: Store, row: Key, shares: Sequence[_Share], now: int) -> None:
    left = list(shares)
    for tries in range(_MAX_ATTEMPTS):
        if not left:
            return
        names: dict[Key, list[bytes]] = {}
        lacking: dict[Key, list[bytes]] = {}
        for each in left:
            names.setdefault(each.mark.page, []).append(each.mark.on(row))
            lacking.setdefault(each.mark.page, []).extend((each.mark.digest, each.mark.on(row)))
        marks = [_marking(page, names[page], lacking[page], now) for page in names]
        try:
            store.commit([*marks, Update(row, add=_summed(left))])
            return
        except Cancelled as cancelled:
            pages = _failed_pages(store, list(names), cancelled)
            left = [each for each in left if not _is_on(pages.get(each.mark.page), each.mark, row)]
        except Contended:
            store.sleep(0.05 * 2**tries)
    if left:
        raise Contended("totals could not be written")


def _add_changes(store: Store, arrivals: Sequence[Arrival], now: int) -> None:
    """Adds changes of states, each to all of its rows at once."""
    left = list(arrivals)
    for tries in range(_MAX_ATTEMPTS):
        if not left:
            return
        pages: dict[Key, list[bytes]] = {}
        sums: TotalSums = Counter()
        for each in left:
            pages.setdefault(each.mark.page, []).append(each.mark.digest)
            sums.update(each.sums)
        marks = [_marking(page, names, names, now) for page, names in pages.items()]
        try:
            store.commit([*marks, *(Update(row, add=adds) for row, adds in _by_key(sums).items())])
            return
        except Cancelled as cancelled:
            found = _failed_pages(store, list(pages), cancelled)
            left = [each for each in left if each.mark.digest not in (found.get(each.mark.page) or {}).get("ids", ())]
        except Contended:
            store.sleep(0.05 * 2**tries)
    if left:
        raise Contended("totals could not be written")


def _chunks(changes: Sequence[Arrival]) -> Iterable[list[Arrival]]:
    """Changes by as many as fit into one transaction with what they add."""
    chunk: list[Arrival] = []
    places: set[Key] = set()
    for change in changes:
        adds = {change.mark.page, *(key for key, _ in change.sums)}
        if chunk and (len(chunk) == _MOST_ENTRIES or len(places | adds) > _MOST_WRITES):
            yield chunk
            chunk, places = [], set()
        chunk.append(change)
        places |= adds
    if chunk:
        yield chunk


def _marking(page: Key, names: Sequence[bytes], lacking: Sequence[bytes], now: int) -> Write:
    until = now // 1000 + _KEPT_SECONDS
    return Update(page, add={"ids": frozenset(names)}, set={"ttl": until}, when=Condition(lacking={"ids": lacking}))


def _failed_pages(store: Store, pages: Sequence[Key], cancelled: Cancelled) -> Mapping[Key, Record | None]:
    """The pages whose condition failed, as they stand. Not every engine returns them."""
    failed = {page: why.item for page, why in zip(pages, cancelled.reasons, strict=False) if why.failed}
    unknown = [page for page, item in failed.items() if item is None]
    return failed | (store.read(unknown) if unknown else {})


def _is_on(page: Record | None, mark: EntryMark, row: Key) -> bool:
    names = page["ids"] if page else ()
    return mark.digest in names or mark.on(row) in names
