"""A table and a posting attempt that answer as they were told, for tests of the posting loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from batua import ids
from batua.ledger.model import Origin, Refusal
from batua.ledger.posting.request import PlannedWrite, PostingRequest
from batua.store import keys
from batua.store.store import ConditionFailed, Reason, Record
from batua.store.writes import ABSENT, Put, Write

OWNER, SHOP = ids.derived_id("ten", "owner"), ids.derived_id("ten", "shop")
SCOPE = keys.scope("live", OWNER)
ORIGIN = Origin("key_1", "203.0.113.7", SHOP, reference="INV-1")
REQUEST = PostingRequest("redeem", "live", SCOPE, ORIGIN, "k", {"coins": 5})
PUT = Put(REQUEST.entry_key, {"kind": "redeem", "fp": REQUEST.fingerprint}, when=ABSENT)
WALLET = Put(keys.wallet_key(SCOPE, ids.derived_id("wal", "a")), {"seq": 1}, when=ABSENT)


class ScriptedTable:
    """A table whose answers to commits and reads are told beforehand, and a clock that moves as it commits."""

    def __init__(self, *answers: BaseException | None, stands: Record | None = None, takes: float = 0.0) -> None:
        self.answers = iter(answers)
        self.stands = stands
        self.takes = takes
        self.time = 1000.0
        self.slept: list[float] = []
        self.committed: list[str] = []
        self.writes_of: list[list[Write]] = []
        self.written: list[Put] = []
        self.taken: ConditionFailed | None = None

    def commit(self, writes: Sequence[Write], *, caller: str = "") -> None:
        self.committed.append(caller)
        self.writes_of.append(list(writes))
        self.time += self.takes
        if answer := next(self.answers):
            raise answer

    def read(self, wanted: Sequence[keys.Key]) -> dict[keys.Key, Record | None]:
        return dict.fromkeys(wanted, self.stands)

    def write(self, write: Put) -> None:
        self.written.append(write)
        if self.taken:
            raise self.taken

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class Moving:
    """A movement that decides as it is told, and keeps what it is asked."""

    def __init__(self, *decisions: Sequence[Write] | Refusal | Exception) -> None:
        self.decisions: Iterator[Any] = iter(decisions)
        self.asked: list[str] = []
        self.stands = iter([True])

    def decide(self) -> Sequence[Write] | Refusal:
        self.asked.append("decide")
        decision = next(self.decisions, [PUT, WALLET])
        if isinstance(decision, Exception):
            raise decision
        return decision  # type: ignore[no-any-return]

    def writes(self, decision: Sequence[Write]) -> list[PlannedWrite]:
        return [PlannedWrite("wallet" if number else "entry", write) for number, write in enumerate(decision)]

    def on_cancelled(self, planned: PlannedWrite, item: Record | None) -> bool:
        self.asked.append("learn")
        return False

    def on_contention(self, writes: Sequence[PlannedWrite], reasons: Sequence[Reason]) -> bool:
        self.asked.append("hindered")
        return bool(reasons)

    def refresh(self) -> None:
        self.asked.append("look again")

    def is_consistent(self) -> bool:
        self.asked.append("stood")
        return next(self.stands)

    def refusal_index(self, id: str) -> Mapping[str, Any]:
        return {"wal": "wal_1"}
