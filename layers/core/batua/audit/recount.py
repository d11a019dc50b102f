"""Tenant wallets counted again from their lines, and every way in which the record differs. Pure.

There is no number and no chain to follow, since many post to one wallet at once; so the invariants are those of sums: a
line's legs add up to zero and its seal holds, a wallet is what its lines come to, what is held is what its open holds
come to, a hold ends once, what leaves one wallet enters another, and refunds never exceed their original.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from .. import clock
from ..ledger.findings import Finding
from ..ledger.records.shared import entry_hash
from ..ledger.records.tenant_money import FundsEntry, read_funds_balance, read_funds_hold, read_line
from ..store.store import Record
from .coin_records import record_id

_ENDS = {"capture": "captured", "void": "voided", "expire": "expired"}


@dataclass(slots=True)
class FundsRecords:
    """What is on record about tenant wallets: of one of them, or of a whole scope."""

    lines: list[FundsEntry] = field(default_factory=list)
    wallets: dict[str, Record] = field(default_factory=dict)
    holds: dict[str, Record] = field(default_factory=dict)
    reversals: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def check(self, subject: str, invariant: str, expected: object, found: object) -> None:
        if expected != found:
            self.findings.append(Finding(subject, invariant, str(expected), str(found)))


def gather_funds_records(records: Iterable[Record]) -> FundsRecords:
    """Sorts the items of tenant wallets by what they are, and reads their lines. Refusals move nothing."""
    funds = FundsRecords()
    for record in records:
        sk, pk = str(record["sk"]), str(record["pk"])
        if sk.partition("#")[0] != "FUNDS" or record.get("kind") == "refused":
            continue
        if sk == "FUNDS#REVERSED":
            funds.reversals[record_id(record)] = record["sum"]
        elif "#W#" in pk:
            funds.wallets[record_id(record)] = record
        elif "#H#" in pk:
            funds.holds[record_id(record)] = record
        else:
            _gather_line(funds, record)
    return funds


def _gather_line(funds: FundsRecords, record: Record) -> None:
    try:
        entry = read_line(record)
    except (KeyError, ValueError, TypeError, IndexError) as fault:
        funds.check(record_id(record), "a line is whole", "every attribute", f"{type(fault).__name__}: {fault}")
        return
    funds.lines.append(entry)
    place = f"{entry.id} line {entry.number}"
    funds.check(place, "a line is of its key", record_id(record), entry.id)
    funds.check(place, "a line is of its wallet", str(record["g1p"]).rpartition("#")[2], entry.wallet)
    funds.check(place, "a line says what it said when it was sealed", record.get("hash"), entry_hash(entry.id, record))
    funds.check(place, "legs add up to zero", 0, sum(amount for _, amount in entry.line.legs))


def recount_funds(funds: FundsRecords, *, whole: bool) -> list[Finding]:
    """Counts again. `whole`: all lines of the scope are there, so invariants between wallets can be checked too."""
    _check_wallets(funds)
    _holds(funds)
    if whole:
        _check_transactions(funds)
    return funds.findings


def _check_wallets(funds: FundsRecords) -> None:
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for entry in funds.lines:
        for account, amount in entry.line.legs:
            sums[entry.wallet][account] += amount
    open_holds: Counter[str] = Counter()
    for record in funds.holds.values():
        if record["st"] == "open":
            open_holds[record["wal"]] += record["amt"]
    for id in sorted({*sums, *funds.wallets}):
        stored = read_funds_balance(funds.wallets.get(id))
        if stored is None:
            funds.check(id, "a wallet with lines stands", not any(sums[id].values()), True)
            continue
        funds.check(id, "what is available is what the lines come to", sums[id]["wallet"], stored.available)
        funds.check(id, "what is held is what the lines come to", sums[id]["held"], stored.held)
        funds.check(id, "what is held is the sum of the open holds", open_holds[id], stored.held)
        funds.check(id, "no overdraft is granted without an entry", 0, stored.overdraft)
        funds.check(id, "nothing is overdrawn", True, stored.free >= 0 and stored.held >= 0)


def _holds(funds: FundsRecords) -> None:
    states: dict[str, str] = {}
    until: dict[str, int] = {}
    for entry in sorted(funds.lines, key=lambda entry: (entry.kind != "hold", entry.at)):
        if entry.hold is None or not entry.line.amount_on("held"):
            continue
        if entry.kind == "hold":
            funds.check(entry.hold, "a hold is made once", None, states.get(entry.hold))
            states[entry.hold] = "open"
            until[entry.hold] = clock.parse_iso(entry.line.details["expires_at"])
        else:
            funds.check(entry.hold, "a hold ends once", "open", states.get(entry.hold))
            states[entry.hold] = _ENDS.get(entry.kind, entry.kind)
    for id in sorted({*states, *funds.holds}):
        record = funds.holds.get(id)
        hold = read_funds_hold(record) if record else None
        funds.check(id, "a hold is what its lines say", states.get(id), hold.state if hold else None)
        if hold and id in until:
            funds.check(id, "a hold expires when its line says", clock.iso(until[id]), clock.iso(hold.expires_at))


def _check_transactions(funds: FundsRecords) -> None:
    """Laws between the lines of a transaction, and between transactions. Lines in other books are not seen here."""
    by_id: dict[str, list[FundsEntry]] = defaultdict(list)
    for entry in funds.lines:
        by_id[entry.id].append(entry)
    reversed_amounts: Counter[str] = Counter()
    for id, entries in by_id.items():
        first = min(entries, key=lambda entry: entry.number)
        if first.number == 0 and len(entries) == first.count:
            between = sum(entry.line.amount_on("transfer") for entry in entries)
            funds.check(id, "what leaves one wallet enters another", 0, between)
        if first.kind == "refund" and first.number == 0 and first.original:
            reversed_amounts[first.original] += first.total
    for id in sorted({*reversed_amounts, *funds.reversals}):
        funds.check(id, "the sum of its refunds is on record", reversed_amounts[id], funds.reversals.get(id, 0))
        original = next((entry for entry in by_id.get(id, ()) if entry.number == 0), None)
        total = original.total if original else 0
        funds.check(id, "refunds never exceed the original", True, reversed_amounts[id] <= total)


def leg_totals(funds: FundsRecords) -> Counter[str]:
    """What all legs come to by account, each with its asset."""
    sums: Counter[str] = Counter()
    for entry in funds.lines:
        for account, amount in entry.line.legs:
            sums[f"{entry.line.wallet.asset} {account}"] += amount
    return sums
