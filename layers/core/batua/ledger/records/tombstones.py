"""What is left in the table of an entry that the archive holds: enough to answer for it, out of both indexes.

A replay of the entry's key still gets the first answer, a reversal still finds what it undoes, and a key with other
content is still refused. What left with the indexes (legs, address, the hash before, nine tenths of the bytes billed)
stands in the archive.
"""

from __future__ import annotations

from typing import Final

from ...store import keys
from ...store.store import Record
from ...store.writes import Condition, Update

MARK: Final = "arch"
"""The month whose seal holds the entry, as yyyymm."""

_GONE: Final = {
    "TX": ("g1p", "g2p", "legs", "ip", "prev", "req", "for"),
    "FUNDS": ("g1p", "g2p", "ip", "req", "for"),
}
"""What a tombstone leaves out. Without the partition of an index an item is not in it; the sort keys tell its time."""


def is_tombstone(record: Record) -> bool:
    return MARK in record


def tombstone(record: Record, month: int) -> Update:
    """The write that leaves a tombstone of an entry, on the condition that it is the entry which was sealed."""
    kind = record["sk"].partition("#")[0]
    left = {"wal": record["g1p"].rpartition("#")[2], MARK: month}
    if kind == "TX":
        left["mer"] = record["g2p"].rpartition("#")[2]
    gone = tuple(name for name in _GONE[kind] if name in record)
    key = keys.Key("ledger", record["pk"], record["sk"])
    return Update(key, set=left, remove=gone, when=Condition(equal={"hash": record["hash"]}, present=("g1p",)))


def tombstone_item(record: Record, month: int) -> Record:
    """The item that `tombstone` leaves."""
    write = tombstone(record, month)
    return {**{name: value for name, value in record.items() if name not in write.remove}, **write.set}


def rehydrate(record: Record) -> Record:
    """An entry's record as its readers know it: of a tombstone with its places again, but no legs and no address."""
    if MARK not in record:
        return record
    scope = record["pk"].rpartition("#K#")[0]
    if record["sk"] != "TX":
        return {**record, "g1p": keys.funds_statement_partition(scope, record["wal"]), "ip": ""}
    places = {
        "g1p": keys.wallet_partition(scope, record["wal"]),
        "g2p": keys.activity_partition(scope, record["mer"]),
    }
    return {**record, **places, "legs": [], "ip": "", "prev": b""}
