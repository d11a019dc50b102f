"""Shows that a collection has missed nothing. Pure.

A customer's wallet numbers its entries without gaps and names its last: every number from 1 on must have been seen,
with its chain of hashes. A number that the wallet names and nobody saw can only be of an entry made meanwhile.
Tenants' wallets have no numbers: their lines of a month must come to the totals that the stream has counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..ledger.records.shared import entry_hash
from ..store.store import Record
from .months import entry_month, entry_wallet
from .staging import Staged

EMPTY = ""


class WalletMovements(dict[tuple[str, int], tuple[int, int, int]]):
    """(Tenant wallet, month) -> what came in, what went out (minor units), how many lines."""

    def add(self, wallet: str, month: int, came: int, went: int, lines: int) -> None:
        before = self.get((wallet, month), (0, 0, 0))
        self[wallet, month] = (before[0] + came, before[1] + went, before[2] + lines)


@dataclass(slots=True)
class CompletenessReport:
    """What was seen of the wallets of a bucket, and what does not fit (in words, with ids)."""

    faults: list[str] = field(default_factory=list)
    unseen: dict[str, int] = field(default_factory=dict)
    """Wallet -> the first number that nobody saw, though the wallet names it or a later one."""
    tenants: set[str] = field(default_factory=set)
    """Tenants' wallets."""
    moved: WalletMovements = field(default_factory=WalletMovements)


@dataclass(slots=True)
class _Chain:
    """A customer's wallet: number -> (hash, the hash before, if that is known)."""

    entries: dict[int, tuple[str, str | None]] = field(default_factory=dict)
    last: tuple[int, str] | None = None


def verify_completeness(lines: Iterable[Staged]) -> CompletenessReport:
    """Goes through all lines of a bucket."""
    proof, chains = CompletenessReport(), defaultdict[str, _Chain](_Chain)
    for line in lines:
        if line.kind == "E":
            _take_record(proof, chains, line.entry())
        elif line.kind == "S":
            book, wallet, place, hash = line.values()
            if book == "coins":
                _see(proof, chains, wallet, int(place), (hash, None))
        elif line.kind == "F":
            proof.tenants.update(line.values())
        else:
            wallet, number_text, hash = line.values()
            chains[wallet].last = (int(number_text), hash)
    for wallet, chain in sorted(chains.items()):
        _check_chain(proof, wallet, chain)
    return proof


def _take_record(proof: CompletenessReport, chains: dict[str, _Chain], record: Record) -> None:
    _check_hash(proof, record)
    if record["sk"] == "TX":
        hashes = (record["hash"].hex(), record["prev"].hex())
        _see(proof, chains, entry_wallet(record), int(record["g1s"]), hashes)
    else:
        _add_sums(proof, record)


def _see(
    proof: CompletenessReport, chains: dict[str, _Chain], wallet: str, number: int, hashes: tuple[str, str | None]
) -> None:
    if number in chains[wallet].entries:
        proof.faults.append(f"{wallet}: two entries have the number {number}")
    chains[wallet].entries[number] = hashes


def _check_hash(proof: CompletenessReport, record: Record) -> None:
    id = record["pk"].rpartition("#")[2]
    if entry_hash(id, record) != record["hash"]:
        proof.faults.append(f"{id}: the entry does not say what it said when it was made")
    if sum(amount for _, amount in record["legs"]):
        proof.faults.append(f"{id}: its legs do not add up to zero")


def _check_chain(proof: CompletenessReport, wallet: str, chain: _Chain) -> None:
    if chain.last is None:
        proof.faults.append(f"{wallet}: entries, but no wallet")
        return
    before: str | None = EMPTY
    for expected, number in enumerate(sorted(chain.entries), start=1):
        hash, previous = chain.entries[number]
        if number != expected:
            proof.faults.append(f"{wallet}: the entry with the number {expected} is missing")
            return
        if previous is not None and previous != before:
            proof.faults.append(f"{wallet}: the chain of hashes is broken at number {number}")
            return
        before = hash
    seen, (named, hash) = len(chain.entries), chain.last
    if named > seen:
        proof.unseen[wallet] = seen + 1
    elif named in chain.entries and chain.entries[named][0] != hash:
        proof.faults.append(f"{wallet}: its last entry is not the one that the wallet names")


def _add_sums(proof: CompletenessReport, record: Record) -> None:
    moved = sum(amount for account, amount in record["legs"] if account in ("wallet", "held"))
    proof.moved.add(entry_wallet(record), entry_month(record), max(moved, 0), max(-moved, 0), 1)


def totals_faults(moved: WalletMovements, counted: WalletMovements) -> list[str]:
    """Where the totals of the months say otherwise than the lines that were seen, or of lines that nobody saw."""
    none = (0, 0, 0)
    return [
        f"{wallet}: lines of {month} come to {moved.get((wallet, month), none)}, "
        f"its totals say {counted.get((wallet, month), none)}"
        for wallet, month in sorted({*moved, *counted})
        if counted.get((wallet, month), none) != moved.get((wallet, month), none)
    ]
