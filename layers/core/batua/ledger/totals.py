"""Daily totals: every entry of the ledger's stream added up, exactly once, beside the ledger.

A stream delivers at least once. So what a batch adds is written in one transaction with the names of its entries; an
entry that is named already is left out. The names of two seconds share an item, so that entries which come together
pay for one mark and not for each its own. They are kept for longer than the stream keeps anything.

Three kinds of totals stand in the directory table: a tenant's transactions by day, asset, kind and status; what came
into and went out of each tenant wallet by day and by month; and what a program's coins did in a month, by account and
by month of expiry, which is what the liability report is made of. A status is the entry's own: a hold counts as
`pending` on its day, and its end counts on its own day as `posted` (a capture), `voided` or `expired`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from .. import clock
from ..ids import is_id
from ..store import keys
from ..store.codec import decode
from ..store.keys import Key
from ..store.program_keys import program_month_key, program_months_partition
from ..store.store import Cancelled, Contended, Record, Store
from ..store.writes import Condition, Update, Write
from .lots import read_pending
from .records.tenant_money import read_line

_MOST_WRITES: Final = 100
_MOST_ENTRIES: Final = 90
"""Of one transaction: a condition may have three hundred operators, and takes three an entry."""
_PAGE_MS: Final = 2_000
"""Entries of so much time share a page: ten thousand a second fill two thirds of what an item may hold."""
_NAME_BYTES: Final = 12
_TRIES: Final = 6
_KEPT_SECONDS: Final = 7 * 86_400
_LOOKED_AT: Final = 500
STATUS: Final = {"hold": "pending", "void": "voided", "refused": "refused"}

TotalSums = Counter[tuple[Key, str]]
"""(Item, attribute) -> how much is added."""


@dataclass(frozen=True, slots=True)
class StreamEntry:
    """An entry out of the stream, with the number by which the stream asks for it again."""

    sequence: str
    record: Record

    @property
    def key(self) -> Key:
        return Key("ledger", self.record["pk"], self.record["sk"])


@dataclass(frozen=True, slots=True)
class EntryMark:
    """Where it is said that an entry has been added: the page, and the entry's name on it."""

    page: Key
    name: bytes

    @staticmethod
    def of(record: Record) -> EntryMark:
        pk = str(record["pk"])
        at = clock.parse_iso(str(record.get("g2s") or record["g1s"]).partition("#")[0])
        name = hashlib.sha256(f"{pk}#{record['sk']}".encode()).digest()[:_NAME_BYTES]
        return EntryMark(keys.counted_page_key(pk.rpartition("#K#")[0], at // _PAGE_MS), name)


def add_to_totals(store: Store, event: Mapping[str, Any], now: int) -> list[str]:
    """Adds a batch of the stream. Returns the numbers of what could not be added: the stream brings it again."""
    arrivals = {arrival.key: arrival for arrival in _stream_entries(event)}
    waiting, failed = list(arrivals.values()), []
    for chunk in _chunks(waiting):
        try:
            _add_once(store, chunk, now)
        except Contended:
            failed += [arrival.sequence for arrival in chunk]
    return failed


def _stream_entries(event: Mapping[str, Any]) -> Iterator[StreamEntry]:
    """The new entries of a batch: of customers' wallets (`TX`) and of tenants' own (`FUNDS`), refusals included."""
    for record in event["Records"]:
        image = record["dynamodb"].get("NewImage")
        if record["eventName"] != "INSERT" or not image:
            continue
        entry = decode(image)
        kind = str(entry["sk"]).partition("#")[0]
        if "#K#" in entry["pk"] and kind in ("TX", "FUNDS") and "kind" in entry:
            yield StreamEntry(record["dynamodb"]["SequenceNumber"], entry)


def _chunks(arrivals: Sequence[StreamEntry]) -> Iterator[list[StreamEntry]]:
    """Arrivals by as many as fit into one transaction with what they add."""
    chunk: list[StreamEntry] = []
    places: set[Key] = set()
    for arrival in arrivals:
        adds = {EntryMark.of(arrival.record).page, *(key for key, _ in sums_of(arrival.record))}
        if chunk and (len(chunk) == _MOST_ENTRIES or len(places | adds) > _MOST_WRITES):
            yield chunk
            chunk, places = [], set()
        chunk.append(arrival)
        places |= adds
    if chunk:
        yield chunk


def _add_once(store: Store, arrivals: Sequence[StreamEntry], now: int) -> None:
    left = list(arrivals)
    for tries in range(_TRIES):
        if not left:
            return
        pages = _pages(left)
        marks = [_marking(page, names, now) for page, names in pages.items()]
        sums: TotalSums = Counter()
        for arrival in left:
            sums.update(sums_of(arrival.record))
        places: dict[Key, dict[str, int]] = {}
        for (key, name), amount in sums.items():
            places.setdefault(key, {})[name] = amount
        try:
            store.commit([*marks, *(Update(key, add=adds) for key, adds in places.items())])
            return
        except Cancelled as cancelled:
            failed = {page: why.item for page, why in zip(pages, cancelled.reasons, strict=False) if why.failed}
            unknown = [page for page, item in failed.items() if item is None]
            failed |= store.read(unknown) if unknown else {}
            left = [arrival for arrival in left if not _is_marked(arrival.record, failed)]
        except Contended:
            store.sleep(0.05 * 2**tries)
    raise Contended("totals could not be written")


def _pages(arrivals: Sequence[StreamEntry]) -> dict[Key, list[bytes]]:
    pages: dict[Key, list[bytes]] = {}
    for arrival in arrivals:
        mark = EntryMark.of(arrival.record)
        pages.setdefault(mark.page, []).append(mark.name)
    return pages


def _marking(page: Key, names: Sequence[bytes], now: int) -> Write:
    until = now // 1000 + _KEPT_SECONDS
    return Update(page, add={"ids": frozenset(names)}, set={"ttl": until}, when=Condition(lacking={"ids": names}))


def _is_marked(record: Record, pages: Mapping[Key, Record | None]) -> bool:
    mark = EntryMark.of(record)
    page = pages.get(mark.page)
    return page is not None and mark.name in page["ids"]


def sums_of(record: Record) -> TotalSums:
    """What an entry adds to which totals."""
    return _of_funds(record) if record["sk"] != "TX" else _of_coins(record)


def _of_coins(record: Record) -> TotalSums:
    at, books = _place(record)
    refused = record["kind"] == "refused"
    kind = record["op"] if refused else record["kind"]
    day = int(record.get("day") or clock.local_day(at, "UTC"))
    total = keys.daily_total_key(books, day, record.get("asset", "-"), kind, STATUS.get(record["kind"], "posted"))
    sums: TotalSums = Counter({(total, "count"): 1, (total, "amount"): record.get("amt", 0)})
    if not refused and is_id(record.get("asset", ""), "prg", "waty"):
        sums.update(_of_program(record, day // 100))
    return sums


def _of_program(record: Record, month: int) -> TotalSums:
    """The entry's legs by account, the lots that it gave and took, by their month of expiry (`x202703`), and what was
    pending of them, by the day from which it can be spent (`p20261215`)."""
    scope, asset = keys.scope_of(record["pk"]), record["asset"]
    key = program_month_key(scope, asset, month)
    sums: TotalSums = Counter()
    for account, amount in record["legs"]:
        sums[key, account] += amount
    for lots, sign in ((record.get("lots"), 1), (record.get("exp"), -1)):
        for expiry, count in (lots or {}).items():
            sums[key, f"x{expiry}"] += sign * count
    for lot, count in read_pending(record.get("pend")).items():
        sums[key, f"p{lot.day}"] += count
    return Counter({place: amount for place, amount in sums.items() if amount})


def _of_funds(record: Record) -> TotalSums:
    if record["kind"] == "refused":
        return _of_coins(record)
    entry = read_line(record)
    wallet, sums = entry.line.wallet, TotalSums()
    if "g2p" in record and not _beside_coins(record):
        status = "expired" if entry.kind == "expire" else STATUS.get(entry.kind, "posted")
        total = keys.daily_total_key(wallet.scope, entry.day, wallet.asset, entry.kind, status)
        sums.update({(total, "count"): 1, (total, "amount"): entry.total})
    moved = entry.line.change + entry.line.amount_on("held")
    day = clock.local_day(entry.at, "UTC")
    for key in (
        keys.wallet_day_key(wallet.scope, wallet.id, day),
        keys.wallet_month_key(wallet.scope, wallet.id, day // 100),
    ):
        sums.update({(key, "in"): max(moved, 0), (key, "out"): max(-moved, 0), (key, "lines"): 1})
    return sums


def _beside_coins(record: Record) -> bool:
    """The line of a prefunded issue: its transaction is counted as the issue that it is."""
    return record["kind"] in ("issue", "reverse_issue")


def _place(record: Record) -> tuple[int, str]:
    """The instant of an entry or a refusal, and its tenant's own books, from its place in the activity."""
    at = clock.parse_iso(record["g2s"].partition("#")[0])
    parts = record["g2p"].split("#")
    return at, f"{parts[0]}#{parts[3]}"


@dataclass(frozen=True, slots=True)
class ProgramMonth:
    """What a program's coins did in a month (minor units): legs by account, and lots by month of expiry."""

    month: int
    legs: Mapping[str, int]
    lots: Mapping[int, int]
    pending: Mapping[int, int] = field(default_factory=dict)
    """By the day from which the coins can be spent."""


def program_months(store: Store, scope: str, program: str) -> list[ProgramMonth]:
    """All months in which the program's coins moved, the earliest first."""
    found = []
    for row in store.query_all("directory", program_months_partition(scope, program)):
        sums = {name: amount for name, amount in row.items() if name not in ("pk", "sk")}
        lots = {int(name[1:]): amount for name, amount in sums.items() if name[0] == "x"}
        pending = {int(name[1:]): amount for name, amount in sums.items() if name[0] == "p"}
        legs = {name: amount for name, amount in sums.items() if name[0] not in "px"}
        found.append(ProgramMonth(int(row["sk"].partition("#")[2]), legs, lots, pending))
    return found


@dataclass(frozen=True, slots=True)
class DailyTotal:
    """So many transactions of a kind and status on a day, and what they come to (minor units of the asset)."""

    day: int
    asset: str
    kind: str
    status: str
    count: int
    amount: int


def daily_totals(store: Store, scope: str, since: int, until: int) -> list[DailyTotal]:
    """A tenant's totals between two days, both inclusive. `scope` is of its own books."""
    rows = store.query_all("directory", keys.daily_totals_partition(scope), since=f"{since:08d}", until=f"{until:08d}$")
    made = []
    for row in rows:
        day, asset, kind, status = row["sk"].split("#")
        made.append(DailyTotal(int(day), asset, kind, status, row.get("count", 0), row.get("amount", 0)))
    return made


def totals_complete_to(store: Store, partitions: Iterable[str], now: int) -> int:
    """The instant up to which a tenant's totals are complete: just before its earliest entry without a mark, else now.

    `partitions` are its places in index `activity`. It looks back until a page has all its marks: what hangs further
    back, behind so many that were counted, holds up its shard of the stream, whose age raises an alarm. What is older
    than the stream's memory has been added, or lies among its dead letters and has raised an alarm as well.
    """
    earliest = now
    since = clock.iso(now - clock.DAY_MS)
    for partition in partitions:
        after: Any = None
        while True:
            page = store.query(
                "ledger", partition, index="activity", since=since, descending=True, limit=_LOOKED_AT, after=after
            )
            found = store.read({EntryMark.of(row).page for row in page.items})
            missing = [clock.parse_iso(row["g2s"][:24]) for row in page.items if not _is_marked(row, found)]
            earliest = min([earliest, *(at - 1 for at in missing)])
            after = page.last
            if after is None or not missing:
                break
    return earliest
