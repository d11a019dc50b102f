"""The invariants of a wallet that is made, named, closed and opened again while money comes and goes.

Its item's history, commit by commit, says what it was at any moment; an answer must have been right at one between its
request and itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from batua.store.codec import decode
from tests.faults.run import Attempt, World

Item = dict[str, Any] | None


@dataclass(frozen=True)
class Wallet:
    """The wallet's item from one tick on."""

    tick: int
    item: Item

    @property
    def exists(self) -> bool:
        return self.item is not None

    @property
    def closed(self) -> bool:
        return self.item is not None and "closed" in self.item

    @property
    def holds_something(self) -> bool:
        return self.item is not None and bool(self.item.get("free", 0) or self.item.get("held", 0))


def branch_invariants(world: World) -> Iterator[str]:
    """Every invariant of the wallet that the run violated."""
    history = _history(world)
    for each in history:
        if each.closed and each.holds_something:
            yield f"a closed wallet holds nothing: {each.item} at {each.tick}"
    for before, after in pairwise(history):
        if after.closed and not before.exists:
            yield f"a wallet is made before it is closed: at {after.tick}"
    yield from _recorded(world, history)
    first: dict[str, int] = {}
    for attempt in world.history:
        since = first.setdefault(attempt.operation.name, attempt.began)
        right = _RIGHT.get((attempt.operation.kind, attempt.outcome if attempt.outcome == "done" else attempt.said))
        if attempt.said == "wallet_closed":
            right = right or (lambda wallet: wallet.closed)
        if right and not any(right(wallet) for wallet in _between(history, since, attempt.ended)):
            yield f"an answer about a wallet was right at some moment: {_told(attempt)} in {since}..{attempt.ended}"


_RIGHT: dict[tuple[str, Any], Callable[[Wallet], bool]] = {
    ("open", "done"): lambda wallet: wallet.exists,
    ("open", "wallet_name_taken"): lambda wallet: wallet.exists,
    ("send", "done"): lambda wallet: wallet.exists and not wallet.closed,
    ("close", "done"): lambda wallet: wallet.closed,
    ("close", "wallet_not_empty"): lambda wallet: wallet.holds_something,
    ("close", "wallet_not_found"): lambda wallet: not wallet.exists,
    ("reopen", "done"): lambda wallet: wallet.exists and not wallet.closed,
    ("reopen", "wallet_not_found"): lambda wallet: not wallet.exists,
    ("rename", "done"): lambda wallet: wallet.item is not None and "label" in wallet.item,
    ("rename", "wallet_not_found"): lambda wallet: not wallet.exists,
    ("rename", "wallet_closed"): lambda wallet: wallet.closed,
}
"""(Operation, what it was told) -> what the wallet must have been."""


def _told(attempt: Attempt) -> str:
    return f"{attempt.operation.name} ({attempt.operation.kind}) {attempt.outcome} {attempt.said}"


def _history(world: World) -> list[Wallet]:
    place = tuple(world.tenants.branch.key)
    history = [Wallet(0, None)]
    for commit in world.tables.log:
        for where, _, new in commit.changes:
            if where == place:
                history.append(Wallet(commit.tick, decode(new) if new is not None else None))
    return history


def _between(history: list[Wallet], began: int, ended: int) -> Iterator[Wallet]:
    """What the wallet was at the beginning, and everything that it became until the end."""
    for wallet, after in zip(history, [*history[1:], None], strict=True):
        if wallet.tick <= ended and (after is None or after.tick >= began):
            yield wallet


def _recorded(world: World, history: list[Wallet]) -> Iterator[str]:
    """Each change of the wallet has its row in the audit trail and its event; nothing else has one."""
    made: Counter[str] = Counter()
    for before, after in pairwise(history):
        if before.closed != after.closed:
            made["closed" if after.closed else "reopened"] += 1
        if (before.item or {}).get("label") != (after.item or {}).get("label"):
            made["renamed"] += 1
    audited: Counter[str] = Counter()
    told: Counter[str] = Counter()
    for (_, pk, _), wire in world.tables.items.items():
        item = decode(wire)
        if pk.startswith("AUDIT") and str(item["what"]).startswith("wallets.") and item.get("ref") == _id(world):
            audited[item["what"].partition(".")[2]] += 1
        elif item.get("wal") == _id(world) and "what" in item:
            told[item["what"]] += 1
    for what in ("closed", "reopened", "renamed"):
        if not made[what] == audited[what] == told[what]:
            yield f"every change of a wallet is on record: {what}: {made[what]}, {audited[what]}, {told[what]}"
    if told["created"] != (1 if history[-1].exists else 0):
        yield f"a wallet is made once: {told['created']}"


def _id(world: World) -> str:
    return world.tenants.branch.id
