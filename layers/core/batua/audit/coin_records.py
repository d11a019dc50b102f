"""What is on record about customers' wallets, sorted by what it is, as an audit reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..ledger.tiers import TierPolicy
from ..store import keys
from ..store.store import Record


@dataclass(frozen=True, slots=True)
class CoinRecords:
    """What is on record about one wallet, or one scope: items by their ids, as stored."""

    entries: tuple[Record, ...] = ()
    wallets: Mapping[str, Record] = field(default_factory=dict)
    holds: Mapping[str, Record] = field(default_factory=dict)
    reversals: Mapping[str, int] = field(default_factory=dict)
    """Transaction -> how much of it the record says is reversed."""
    months: Mapping[tuple[str, int, int], Record] = field(default_factory=dict)
    """(merchant, month, shard) -> its item."""
    tiers: Mapping[str, TierPolicy] = field(default_factory=dict)
    """Program -> its tiers as they are now; only entries of this version can be checked against them."""


def record_id(record: Record) -> str:
    """The id in the key of a transaction, hold or wallet."""
    return str(record["pk"]).rpartition("#")[2]


def month_location(record: Record) -> tuple[str, int, int]:
    """(merchant, month, shard) of a month's item."""
    stem, _, shard = str(record["pk"]).rpartition("#")
    return stem.rpartition("#")[2], int(str(record["sk"]).partition("#")[2]), int(shard)


def gather_coin_records(records: Iterable[Record]) -> CoinRecords:
    """Sorts the items of a scope, or of a wallet, by what they are. Refusals move nothing and are left out."""
    entries: list[Record] = []
    wallets: dict[str, Record] = {}
    holds: dict[str, Record] = {}
    reversed_amounts: dict[str, int] = {}
    months: dict[tuple[str, int, int], Record] = {}
    for record in records:
        kind = str(record["sk"]).partition("#")[0]
        if kind == "TX" and record.get("kind") != "refused":
            entries.append(record)
        elif kind == "BAL":
            wallets[record_id(record)] = record
        elif kind == "HOLD":
            holds[record_id(record)] = record
        elif kind == "REVERSED":
            reversed_amounts[record_id(record)] = record["sum"]
        elif kind == "MIR":
            months[month_location(record)] = record
    return CoinRecords(tuple(entries), wallets, holds, reversed_amounts, months)


def related_keys(scope: str, wallet: str, entries: Iterable[Record]) -> list[keys.Key]:
    """The keys of what is stored beside a wallet's entries: itself, its holds, the sums of its reversals."""
    wanted = [keys.wallet_key(scope, wallet)]
    for record in entries:
        if record.get("kind") == "hold":
            wanted.append(keys.hold_key(scope, record["hold"]))
        elif record.get("kind") in ("issue", "import", "redeem", "capture"):
            wanted.append(keys.reversed_sum_key(scope, record_id(record)))
    return wanted
