"""Capacity units and round trips of every DynamoDB call, also of those whose response does not tell them.

A cancelled transaction consumes capacity and answers with an error: responses alone cannot show what a use costs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any


@dataclass
class Units:
    read: float = 0.0
    write: float = 0.0

    @property
    def total(self) -> float:
        return self.read + self.write


@dataclass
class TableUnits:
    """What one call consumed on one table: on its items, and on the entries of each index."""

    items: Units = field(default_factory=Units)
    indexes: dict[str, Units] = field(default_factory=dict)

    def index(self, name: str) -> Units:
        return self.indexes.setdefault(name, Units())

    @property
    def read(self) -> float:
        return self.items.read + sum(units.read for units in self.indexes.values())

    @property
    def write(self) -> float:
        return self.items.write + sum(units.write for units in self.indexes.values())

    def as_consumed_capacity(self, table: str, detail: str) -> dict[str, Any]:
        """DynamoDB's `ConsumedCapacity`; `detail` is TOTAL or INDEXES."""
        shape = {"TableName": table, **_units(Units(self.read, self.write))}
        if detail == "INDEXES":
            shape["Table"] = _units(self.items)
            if self.indexes:
                shape["GlobalSecondaryIndexes"] = {name: _units(units) for name, units in self.indexes.items()}
        return shape


def _units(units: Units) -> dict[str, Any]:
    shape = {"CapacityUnits": units.total}
    if units.read:
        shape["ReadCapacityUnits"] = units.read
    if units.write:
        shape["WriteCapacityUnits"] = units.write
    return shape


@dataclass
class Call:
    """One round trip to DynamoDB."""

    operation: str
    tables: dict[str, TableUnits] = field(default_factory=dict)

    def on(self, table: str) -> TableUnits:
        return self.tables.setdefault(table, TableUnits())

    @property
    def read_units(self) -> float:
        return sum(units.read for units in self.tables.values())

    @property
    def write_units(self) -> float:
        return sum(units.write for units in self.tables.values())

    def consumed_capacity(self, detail: str) -> list[dict[str, Any]]:
        return [units.as_consumed_capacity(table, detail) for table, units in self.tables.items()]


class Recording(list[Call]):
    """The calls of one measurement, in the order in which they ended."""

    @property
    def round_trips(self) -> int:
        return len(self)

    @property
    def read_units(self) -> float:
        return sum(call.read_units for call in self)

    @property
    def write_units(self) -> float:
        return sum(call.write_units for call in self)


class Meter:
    """Tells every recording that is running of every call, whichever thread makes it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: list[Recording] = []

    @contextmanager
    def record(self) -> Iterator[Recording]:
        recording = Recording()
        with self._lock:
            self._running.append(recording)
        try:
            yield recording
        finally:
            with self._lock:
                self._running = [other for other in self._running if other is not recording]

    def ended(self, call: Call) -> None:
        with self._lock:
            for recording in self._running:
                recording.append(call)
