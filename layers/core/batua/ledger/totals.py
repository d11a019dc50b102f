"""Daily totals: every entry of the ledger's stream added up, exactly once, beside the ledger.

A stream delivers at least once; `counting` says how an entry is added once all the same.

Three kinds of totals stand in the directory table: a tenant's transactions by day, asset, kind and status; what came
into and went out of each tenant wallet by day and by month; and what a program's coins did, by account and by month of
expiry, which is what the liability report is made of: with the program's owner in the day's row, else in a row of the
month. A status is the present one, as lists show it: where
a hold ends or a transaction is refunded, the stream brings the change of the item that says so, and the transaction
leaves one status of its day for another.
"""

from __future__ import annotations

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
from ..store.store import Contended, Record, Store
from .counting import Arrival, EntryMark, TotalSums, count_once, counted_last, figures_of, uncounted
from .decisions.tenant_money import REFUNDABLE, held_by
from .lots import read_pending
from .operations import operation_kind
from .records.tenant_money import read_line
from .records.tombstones import rehydrate

_MAX_SCANNED: Final = 500
COINS_REFUNDABLE: Final = frozenset({"issue", "redeem", "capture"})
CARRIED_OUT: Final = frozenset({"posted", "partially_refunded", "refunded"})
"""Statuses of what moved value, whatever was given back of it later."""

TRANSACTION_FIGURES: Final = frozenset({"count", "amount"})
_STATUS: Final = {"hold": "pending", "void": "voided", "expire": "expired"}
_ENDED: Final = frozenset({"captured", "voided", "expired"})


@dataclass(frozen=True, slots=True)
class StreamEntry:
    """What the stream brings, with the number by which the stream asks for it again: a new entry, or the change of an
    item that tells the state of one. `before` is what that item was."""

    sequence: str
    record: Record
    is_entry: bool = True
    before: Record | None = None

    @property
    def name(self) -> str:
        """What is counted once: the entry, the end of a hold, or each sum of what was refunded."""
        key = f"{self.record['pk']}#{self.record['sk']}"
        return key if self.is_entry or "sum" not in self.record else f"{key}#{self.record['sum']}"

    @property
    def original(self) -> Key | None:
        """The transaction whose state the record tells."""
        if self.is_entry:
            return None
        pk, sk = self.record["pk"], self.record["sk"]
        if "#H#" in pk:
            scope, _, hold = pk.rpartition("#H#")
            return (keys.transaction_key if sk == "HOLD" else keys.funds_line_key)(scope, held_by(hold))
        return Key("ledger", pk, "TX" if sk == "REVERSED" else "FUNDS")


def add_to_totals(store: Store, event: Mapping[str, Any], now: int) -> list[str]:
    """Adds a batch of the stream. Returns the numbers of what could not be added: the stream brings it again."""
    brought = list({entry.name: entry for entry in _stream_entries(event)}.values())
    try:
        arrivals = list(_arrivals(store, brought))
    except Contended:
        return [entry.sequence for entry in brought]
    return count_once(store, arrivals, now)


def _stream_entries(event: Mapping[str, Any]) -> Iterator[StreamEntry]:
    """What of a batch counts: new entries of customers' wallets (`TX`) and of tenants' own (`FUNDS`), refusals
    included, holds that have ended, and sums of what has been refunded."""
    for record in event["Records"]:
        image = record["dynamodb"].get("NewImage")
        if not image:
            continue
        item, sequence = decode(image), record["dynamodb"]["SequenceNumber"]
        pk, sk = str(item["pk"]), str(item["sk"])
        if "#K#" in pk and sk in ("REVERSED", "FUNDS#REVERSED"):
            before = decode(record["dynamodb"].get("OldImage") or {})
            yield StreamEntry(sequence, item, is_entry=False, before=before)
        elif "#H#" in pk and item.get("st") in _ENDED:
            yield StreamEntry(sequence, item, is_entry=False)
        elif record["eventName"] == "INSERT" and "#K#" in pk and "kind" in item and sk.startswith(("TX", "FUNDS")):
            yield StreamEntry(sequence, item)


def _arrivals(store: Store, brought: Sequence[StreamEntry]) -> Iterator[Arrival]:
    """Leaves out what adds nothing, such as a change of what is listed without a state."""
    wanted = [key for entry in brought if (key := entry.original)]
    originals = store.read(wanted) if wanted else {}
    for entry in brought:
        key = entry.original
        if key is None:
            yield Arrival(entry.sequence, EntryMark.of(entry.record), sums_of(entry.record))
        elif (original := originals[key]) and (sums := _of_change(entry, original)):
            yield Arrival(entry.sequence, EntryMark.of(original, entry.name), sums, is_entry=False)


def sums_of(record: Record) -> TotalSums:
    """What an entry adds to which totals."""
    return _of_funds(record) if record["sk"] != "TX" else _of_coins(record)


def refunded_status(sum: int, amount: int) -> str:
    """The status of a transaction of which so much was given back: 0 is nothing."""
    # An issue of a part of a coin alone counts as 1 once it is undone.
    return ("refunded" if sum >= amount else "partially_refunded") if sum else "posted"


def _of_change(entry: StreamEntry, original: Record) -> TotalSums:
    """What the change of a state moves from one status to another. Of what is not listed with a state, nothing."""
    if original["kind"] == "refused":
        return Counter()
    funds = original["sk"] != "TX"
    place, amount = _transaction_of(original)
    old, new = entry.before or {}, entry.record
    if "st" in new:
        before, after = "pending", new["st"]
    elif original["kind"] in (REFUNDABLE if funds else COINS_REFUNDABLE):
        before, after = refunded_status(old.get("sum", 0), amount), refunded_status(new["sum"], amount)
    else:
        return Counter()
    sums: TotalSums = Counter()
    if before != after:
        for status, sign in ((before, -1), (after, 1)):
            key = keys.daily_total_key(*place, status)
            sums.update({(key, "count"): sign, (key, "amount"): sign * amount})
    return sums


def _transaction_of(record: Record) -> tuple[tuple[str, int, str, str], int]:
    """A transaction's books, day, asset and kind, by its entry, and the amount that it counts with."""
    if record["sk"] != "TX" and record["kind"] != "refused":
        entry = read_line(record)
        wallet = entry.line.wallet
        return (wallet.scope, entry.day, wallet.asset, entry.kind), entry.total
    record = record if record["kind"] == "refused" else rehydrate(record)
    at, books = _activity_position(record)
    kind = operation_kind(record.get("as") or record["op"]) if record["kind"] == "refused" else record["kind"]
    day = int(record.get("day") or clock.local_day(at, "UTC"))
    return (books, day, record.get("asset", "-"), kind), record.get("amt", 0)


def _counted(record: Record) -> TotalSums:
    """A transaction counts once, with the status that it begins with."""
    place, amount = _transaction_of(record)
    status = "refused" if record["kind"] == "refused" else _STATUS.get(record["kind"], "posted")
    total = keys.daily_total_key(*place, status)
    return Counter({(total, "count"): 1, (total, "amount"): amount})


def _of_coins(record: Record) -> TotalSums:
    sums = _counted(record)
    if record["kind"] != "refused" and is_id(record.get("asset", ""), "prg", "waty"):
        ((books, day, asset, _), _), scope = _transaction_of(record), keys.scope_of(record["pk"])
        # With its owner a program's coins are told by the day; a month of its own has those of a network's merchants.
        row = next(iter(sums))[0] if books == scope else program_month_key(scope, asset, day // 100)
        sums.update({(row, name): amount for name, amount in _of_program(record).items() if amount})
    return sums


def _of_program(record: Record) -> Counter[str]:
    """The entry's legs by account, the lots that it gave and took, by their month of expiry (`x202703`), and what was
    pending of them, by the day from which it can be spent (`p20261215`)."""
    figures: Counter[str] = Counter()
    for account, amount in record["legs"]:
        figures[account] += amount
    for lots, sign in ((record.get("lots"), 1), (record.get("exp"), -1)):
        for expiry, count in (lots or {}).items():
            figures[f"x{expiry}"] += sign * count
    for lot, count in read_pending(record.get("pend")).items():
        figures[f"p{lot.day}"] += count
    return figures


def program_figures(row: Record) -> dict[str, int]:
    """What a day's total says of a program's coins, beside the transactions' count and amount."""
    return {name: amount for name, amount in figures_of(row).items() if name not in TRANSACTION_FIGURES}


def _of_funds(record: Record) -> TotalSums:
    if record["kind"] == "refused":
        return _counted(record)
    entry = read_line(record)
    wallet, sums = entry.line.wallet, TotalSums()
    if "g2p" in record and not _beside_coins(record):
        sums.update(_counted(record))
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


def _activity_position(record: Record) -> tuple[int, str]:
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
    months: dict[int, Counter[str]] = {}
    for row in store.query_all("directory", program_months_partition(scope, program)):
        months.setdefault(int(row["sk"].partition("#")[2]), Counter()).update(figures_of(row))
    for row in store.query_all("directory", keys.daily_totals_partition(scope)):
        day, asset, _, _ = row["sk"].split("#")
        if asset == program and (figures := program_figures(row)):
            months.setdefault(int(day) // 100, Counter()).update(figures)
    found = []
    for month, sums in sorted(months.items()):
        lots = {int(name[1:]): amount for name, amount in sums.items() if name[0] == "x"}
        pending = {int(name[1:]): amount for name, amount in sums.items() if name[0] == "p"}
        legs = {name: amount for name, amount in sums.items() if name[0] not in "px"}
        found.append(ProgramMonth(month, legs, lots, pending))
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
        kind = operation_kind(kind) if status == "refused" else kind
        made.append(DailyTotal(int(day), asset, kind, status, row.get("count", 0), row.get("amount", 0)))
    return made


def _last_row(record: Record) -> Key:
    """The row of the totals that counts an entry after all others have."""
    return max((row for row, _ in sums_of(record)), key=counted_last)


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
                "ledger", partition, index="activity", since=since, descending=True, limit=_MAX_SCANNED, after=after
            )
            missing = uncounted(store, [(row, _last_row(row)) for row in page.items])
            earliest = min([earliest, *(at - 1 for at in missing)])
            after = page.last
            if after is None or not missing:
                break
    return earliest
