"""A model of how DynamoDB treats transactions that meet at an item, in virtual time.

What the documentation says, and the model does:

- A transaction is cancelled where another one is at one of its items, and so is a single write (TransactionConflict).
- Each item of a transaction takes two write units, one to prepare and one to commit.
- A partition, and so everything under one partition key, takes a thousand write units a second; what an index cannot
  take is refused at the table.

What it does not say, and the model assumes: how long things take (`Latency`), that a cancelled transaction pays as much
as one that is carried out, and that nothing saved up in quiet times helps (burst capacity), as in a load that lasts.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

from tests.fakes.dynamodb import FakeDynamoDB, Place, Wire, cancelled, failure
from tests.faults.loop import SECOND, Loop

UNITS_A_SECOND: Final = 1000
"""Write units of one partition."""

INDEXES: Final = {"g1p": "statement", "g2p": "activity"}
"""The partition keys of the indexes that an entry is in."""


@dataclass(frozen=True)
class Latency:
    """Medians in milliseconds, as a function in the same region sees them, and how far around them (of a logarithm).

    `held` is how long a transaction is at its items: with 10 ms, about 90 transactions a second fit one item.
    """

    read: float = 4.0
    write: float = 5.0
    way: float = 1.0
    held: float = 10.0
    spread: float = 0.35

    def drawn(self, chance: random.Random, median: float) -> int:
        return int(1000 * median * chance.lognormvariate(0, self.spread))


@dataclass
class Bucket:
    """What a partition takes in a second, evenly; what is not used is lost after that second."""

    left: float = UNITS_A_SECOND
    at: int = 0

    def take(self, units: int, now: int) -> bool:
        self.left = min(UNITS_A_SECOND, self.left + UNITS_A_SECOND * (now - self.at) / SECOND)
        self.at = now
        if self.left < units:
            return False
        self.left -= units
        return True


class Items(FakeDynamoDB):
    """Nobody changes what they are given, so nothing is copied."""

    copy = staticmethod(lambda item: item)  # type: ignore[assignment]


@dataclass
class Table:
    """Stands for botocore's client. `used` counts write units, `met` the answers by their kind."""

    loop: Loop
    inner: FakeDynamoDB = field(default_factory=Items)
    latency: Latency = field(default_factory=Latency)
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    held: set[Place] = field(default_factory=set)
    buckets: dict[tuple[str, str], Bucket] = field(default_factory=dict)
    used: int = 0
    met: Counter[str] = field(default_factory=Counter)

    def batch_get_item(self, **request: Any) -> Wire:
        self._pause(self.latency.read)
        return self.inner.batch_get_item(**request)

    def update_item(self, **request: Any) -> Wire:
        return self._single(self.inner.update_item, request)

    def put_item(self, **request: Any) -> Wire:
        return self._single(self.inner.put_item, request)

    def _single(self, call: Callable[..., Wire], request: Wire) -> Wire:
        self._pause(self.latency.write)
        self.used += 1
        if _place(request) in self.held:
            raise failure("TransactionConflictException", "UpdateItem")
        return call(**request)

    def transact_write_items(self, TransactItems: list[Wire], ClientRequestToken: str) -> Wire:  # noqa: N803
        writes = [write for item in TransactItems for write in item.values()]
        places = [_place(write) for write in writes]
        self._pause(self.latency.way)
        self.used += 2 * len(places)
        hot = [place in self.held for place in places]
        if any(hot):
            self._refuse("TransactionConflict", hot)
        full = [not self._room(place[:2], 2) for place in places]
        if any(full) or not all(self._room(index, 1) for write in writes for index in _indexes(write)):
            self._refuse("ThrottlingError", full if any(full) else [True, *full[1:]])
        self.held.update(places)
        try:
            self._pause(self.latency.held)
            answer = self.inner.transact_write_items(TransactItems, ClientRequestToken)
            self.used += sum(1 for write in writes for _ in _indexes(write))
            self.met["carried out"] += 1
        except ClientError:
            self.met["a condition failed"] += 1
            raise
        finally:
            self.held.difference_update(places)
            self.inner.tokens.clear()  # nothing is lost on the way here, so nothing comes twice
            self.inner.calls.clear()
        self._pause(self.latency.way)
        return answer

    def _refuse(self, code: str, which: Iterable[bool]) -> None:
        self.met[code] += 1
        self._pause(self.latency.way)
        raise cancelled([{"Code": code if hit else "None"} for hit in which])

    def _room(self, partition: tuple[str, str], units: int) -> bool:
        return self.buckets.setdefault(partition, Bucket()).take(units, self.loop.elapsed)

    def _pause(self, milliseconds: float) -> None:
        self.loop.pause(self.latency.drawn(self.chance, milliseconds))


def _place(write: Wire) -> Place:
    key = write.get("Item") or write["Key"]
    return write["TableName"], key["pk"]["S"], key["sk"]["S"]


def _indexes(write: Wire) -> Iterator[tuple[str, str]]:
    """The partitions of indexes that a new entry goes to."""
    for name, index in INDEXES.items():
        if name in write.get("Item", {}):
            yield index, write["Item"][name]["S"]
