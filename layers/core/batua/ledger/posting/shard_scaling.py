"""How many shards a merchant's postings use: more while they conflict, fewer again when it is quiet. Pure.

Each execution environment keeps the share of its tries that conflicted with another transaction at their shard. None of
it is written while that share is low. The environment that finds it too high doubles the number on the tenant item, at
most once in a while; the first posting after a quiet hour halves it. A wrong number costs speed, never correctness (see
`shards`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

MAX_SHARDS: Final = 64
"""Shards that a month can have: its opening, and a look at all of them, must fit into one request."""

GROW_AT: Final = 0.25
"""The share of tries that conflict at which the number doubles."""

KEEP_AT: Final = 0.06
"""Where the share is above this, half as many shards would soon have to grow again."""

WEIGHT: Final = 1 / 16
"""How much the latest try counts in the share: five conflicts one after the other are enough to grow."""

PAUSE_MS: Final = 1_000
"""Growth shows its effect before more of it is decided."""

KEEP_MS: Final = 600_000
"""How often at most it is noted that a number is still needed."""

QUIET_MS: Final = 3_600_000

AHEAD_MS: Final = 86_400_000
"""How long before a month begins its shards are opened by the postings of the month that ends."""

AHEAD_ONE_IN: Final = 16
"""One posting in so many then looks whether there is any left to open, and opens some."""

_MERCHANTS: Final = 10_000


@dataclass(frozen=True, slots=True)
class ShardScaling:
    """How many shards postings use, the minimum that the operator set, and since when the number is in force."""

    count: int = 1
    least: int = 1
    at: int = 0


class ContentionTracker:
    """The share of tries that conflicted at a shard, by merchant, in this execution environment; the latest count most.

    With another number of shards it starts again from zero: conflicts under the old number say nothing.
    """

    def __init__(self) -> None:
        self._shares: dict[str, tuple[int, float]] = {}
        self._ahead: set[tuple[str, int, int]] = set()

    def note(self, merchant: str, count: int, *, conflict: bool) -> None:
        share = self.of(merchant, count)
        if not share and not conflict:
            return
        if len(self._shares) > _MERCHANTS:
            self._shares.clear()
        self._shares[merchant] = count, share + WEIGHT * (conflict - share)

    def of(self, merchant: str, count: int) -> float:
        known, share = self._shares.get(merchant, (count, 0.0))
        return share if known == count else 0.0

    def is_open_ahead(self, merchant: str, month: int, count: int) -> bool:
        """Whether this environment has seen all shards of a merchant's next month open."""
        return (merchant, month, count) in self._ahead

    def note_open_ahead(self, merchant: str, month: int, count: int) -> None:
        if len(self._ahead) > _MERCHANTS:
            self._ahead.clear()
        self._ahead.add((merchant, month, count))

    def forget(self) -> None:
        self._shares.clear()
        self._ahead.clear()


CONTENTION: Final = ContentionTracker()
"""This execution environment's."""


def target_shards(spread: ShardScaling, share: float, now: int) -> int | None:
    """The number to store: another one, or the same where it must be noted that it is still needed. None: nothing."""
    since = now - spread.at
    if share >= GROW_AT and spread.count < MAX_SHARDS:
        return min(MAX_SHARDS, 2 * spread.count) if since >= PAUSE_MS else None
    if spread.count <= spread.least:
        return None
    if share >= KEEP_AT:
        return spread.count if since >= KEEP_MS else None
    return max(spread.least, spread.count // 2) if since >= QUIET_MS else None


def looks_ahead(transaction_id: str) -> bool:
    """Whether a posting is one of those that open the next month's shards."""
    return shard_of(f"{transaction_id}#ahead", AHEAD_ONE_IN) == 0


def shard_of(transaction_id: str, count: int) -> int:
    """The shard that a transaction tries first: always the same for one id, evenly spread over all."""
    return int.from_bytes(hashlib.sha256(transaction_id.encode()).digest()[:4], "big") % count
