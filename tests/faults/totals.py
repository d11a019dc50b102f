"""The invariant of totals: what the stream's consumer has added is what the entries and the model say.

How many transactions of a kind are in which state, and what they come to, follows here from what ended their holds
and from what the model, which knows no states, has undone of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from batua.ledger.operations import operation_kind
from batua.store.codec import decode
from tests.faults.model import Model
from tests.faults.table import Tables

_ENDS: Final = {"capture": "captured", "void": "voided", "expire": "expired"}
"""The kind of an entry that ends a hold -> the state in which it leaves the hold's own entry."""


def total_invariants(tables: Tables, lines: Sequence[dict[str, Any]], model: Model) -> Iterator[str]:
    """The totals that are not the sums of the entries by their present state."""
    right, there = _by_entries(lines, model), _on_record(tables)
    off = {place: (right[place], there[place]) for place in {*right, *there} if right[place] != there[place]}
    if off:
        yield f"totals are the sums of the entries: {dict(sorted(off.items()))}"


def _by_entries(lines: Sequence[dict[str, Any]], model: Model) -> Counter[tuple[str, ...]]:
    ended = {
        _hold_of(line): "expired" if line["by"] == "schedule:expire_holds" else _ENDS[line["kind"]]
        for line in lines
        if line["kind"] in _ENDS and line.get("hold") and line["sk"] in ("TX", "FUNDS")
    }
    right: Counter[tuple[str, ...]] = Counter()
    for line in lines:
        refused, coins = line["kind"] == "refused", line["sk"] == "TX"
        beside = not coins and line["kind"] in ("issue", "reverse_issue")
        if "g2p" in line and not beside:
            kind = operation_kind(line.get("as") or line["op"]) if refused else line["kind"]
            state = _state(line, ended, model)
            right["count", kind, state] += 1
            right["amount", kind, state] += 0 if refused else line.get("tot", line["amt"])
        if not coins and not refused:
            moved = sum(amount for account, amount in line["legs"] if account in ("wallet", "held"))
            wallet = line["g1p"].rpartition("#")[2]
            right["in" if moved > 0 else "out", wallet] += abs(moved)
            right["lines", wallet] += 1
    return right


def _hold_of(line: dict[str, Any]) -> str:
    """The transaction that made the hold."""
    return f"txn_{line['hold'].removeprefix('hold_')}"


def _state(line: dict[str, Any], ended: dict[str, str], model: Model) -> str:
    id = line["pk"].rpartition("#")[2]
    if line["kind"] == "refused":
        return "refused"
    if line["kind"] == "hold":
        return ended.get(id, "pending")
    if line["kind"] in ("void", "expire"):
        return _ENDS[line["kind"]]
    done = model.done.get(id)
    if done is None or not done.undone:
        return "posted"
    return "refunded" if done.undone >= done.amount else "partially_refunded"


def _on_record(tables: Tables) -> Counter[tuple[str, ...]]:
    there: Counter[tuple[str, ...]] = Counter()
    for (_, pk, sk), item in tables.items.items():
        if not pk.startswith("TOTALS#"):
            continue
        figures, last = decode(item), pk.rpartition("#")[2]
        if sk.startswith("D#"):
            there.update({(name, last): figures.get(name, 0) for name in ("in", "out", "lines")})
        elif not sk.startswith(("M#", "P#")):
            _, _, kind, state = sk.split("#")
            there.update({(name, kind, state): figures.get(name, 0) for name in ("count", "amount")})
    return there
