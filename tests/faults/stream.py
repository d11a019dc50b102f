"""The ledger's stream, and the function that adds what it brings to the totals.

Every change of an item is a record with the item before and after it, as DynamoDB makes them; those that the deployed
event source has no filter for are left out. The changes of one item come in their order, those of different items in
any; whatever was brought may be brought once more at any later time, also after a newer change of its item.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from batua.ledger.totals import add_to_totals
from batua.store.store import Contended, Store
from tests.fakes.states import Killed
from tests.faults.loop import SECOND, Loop
from tests.faults.plan import CLOCKS
from tests.faults.table import Change, Tables

_TEMPLATE: Final = Path(__file__).resolve().parents[2] / "functions" / "transactions" / "template.yaml"


@lru_cache(1)
def deployed_filters() -> tuple[Mapping[str, Any], ...]:
    """The patterns of the deployed event source: a record that fits any of them is brought."""
    _, _, function = _TEMPLATE.read_text().partition("\n  AggregateEntries:\n")
    source = function.partition("\n  AggregateEntriesLogs:\n")[0]
    return tuple(json.loads(pattern) for pattern in re.findall(r"- Pattern: '(.+)'", source))


def fits(pattern: Any, record: Any) -> bool:
    """Whether a record, or a part of it, fits a pattern. A list names the values that a field may have."""
    if isinstance(pattern, Mapping):
        return isinstance(record, Mapping) and all(fits(each, record.get(name)) for name, each in pattern.items())
    return any(
        str(record or "").startswith(each["prefix"]) if isinstance(each, Mapping) else record == each
        for each in pattern
    )


def stream_record(change: Change, number: int) -> dict[str, Any]:
    (_, pk, sk), old, new = change
    images = {"OldImage": old, "NewImage": new}
    return {
        "eventName": "REMOVE" if new is None else "INSERT" if old is None else "MODIFY",
        "dynamodb": {
            "Keys": {"pk": {"S": pk}, "sk": {"S": sk}},
            "SequenceNumber": str(number),
            **{name: image for name, image in images.items() if image is not None},
        },
    }


class Stream:
    """Delivers the changes of the ledger's items to the totals: in batches, some of them more than once."""

    def __init__(self, loop: Loop, tables: Tables, store: Store, redelivery: float) -> None:
        self._loop, self._tables, self._store, self._redelivery = loop, tables, store, redelivery
        self._read, self._batches, self._busy = 0, 0, 0
        self._brought: list[int] = []
        """Numbers of everything that the filters let through so far."""
        self._waiting: list[int] = []
        self._busy_places: set[Any] = set()
        """Items of batches in progress: what follows of them waits, as within a shard."""
        self.tell: Callable[[str], None] = lambda fault: None
        tables.on_write = self._on_write

    def _on_write(self) -> None:
        """The stream has a new record."""
        if self._busy < 2:
            self._start(SECOND // 3)

    def _start(self, after: int) -> None:
        self._busy += 1
        self._batches += 1
        self._loop.spawn(f"stream-{self._batches}", self._batch, after)

    def _batch(self) -> None:
        task = self._loop.task
        assert task is not None
        chance = task.chance
        there = len(self._tables.stream)
        new = [number for number in range(self._read, there) if self._wanted(number)]
        self._read = there
        self._waiting += new
        self._brought += new
        count = chance.randrange(1, 6)
        chance.shuffle(self._waiting)
        batch = self._taken(count)
        places = {self._place(number) for number in batch}
        self._busy_places |= places
        share = self._redelivery / max(1, len(self._brought))
        again = [number for number in self._brought if number not in self._waiting and chance.random() < share]
        if batch or again:
            failed = self._added([*batch, *again], chance.choice(CLOCKS))
            self._waiting += [number for number in dict.fromkeys(failed) if number not in self._waiting]
        self._busy_places -= places
        self._busy -= 1
        if self._waiting and not self._busy:
            self._start(SECOND // 2)

    def _place(self, number: int) -> Any:
        return self._tables.stream[number][0]

    def _wanted(self, number: int) -> bool:
        record = stream_record(self._tables.stream[number], number)
        return any(fits(pattern, record) for pattern in deployed_filters())

    def _taken(self, count: int) -> list[int]:
        """The next records, those of one item in their order, out of what waits in any."""
        order: dict[Any, list[int]] = {}
        for number in sorted(self._waiting):
            order.setdefault(self._place(number), []).append(number)
        free = [place for number in self._waiting if (place := self._place(number)) not in self._busy_places]
        batch = [order[place].pop(0) for place in free[:count]]
        self._waiting = [number for number in self._waiting if number not in batch]
        return batch

    def _added(self, batch: list[int], wrong: int) -> list[int]:
        """Gives a batch to the function; returns what is to be brought again."""
        records = [stream_record(self._tables.stream[number], number) for number in batch]
        try:
            failed = add_to_totals(self._store, {"Records": records}, self._loop.now + wrong)
        except (Killed, Contended):
            return batch
        except Exception as fault:
            self.tell(f"the stream's consumer: {type(fault).__name__}: {fault}")
            return []
        return [int(number) for number in failed]

    def drain(self, loop: Loop) -> None:
        """Delivers what is left, and after it the removal of everything that leaves the table with its month."""
        gone = [(place, item, None) for place, item in sorted(self._tables.items.items()) if place[0] == "ledger"]
        self._tables.stream += gone[:: 1 + len(gone) // 20]
        if not self._busy:
            self._start(SECOND)
