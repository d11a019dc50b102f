"""The order in which a table or an index holds its items, so that a query reads one partition and nothing else."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models.dynamo_type import DynamoType, Item

Entry = tuple[tuple[Any, ...], Item]
SORT_KEY = itemgetter(0)


def _range_value(entry: Entry) -> Any:
    return entry[0][0]


class View:
    """Entries by the value of the partition key, each partition sorted.

    `order` names the attributes to sort by: the sort key, and for an index the table's own keys after it, because the
    keys of an index need not be unique.
    """

    def __init__(self, partition_key: str, order: Sequence[str]) -> None:
        self.partition_key = partition_key
        self.order = tuple(order)
        self._partitions: dict[Any, list[Entry]] = {}

    def partition(self, value: DynamoType) -> list[Entry]:
        return self._partitions.get(value.cast_value, [])

    def position(self, key: dict[str, Any]) -> tuple[Any, ...]:
        """Where a page that ended at `key` ended."""
        try:
            return tuple(DynamoType(key[name]).cast_value for name in self.order)
        except KeyError:
            raise MockValidationException("The provided starting key is invalid") from None

    def swap(self, before: Item | None, after: Item | None) -> None:
        old, new = self._place(before), self._place(after)
        if old is not None and old != new:
            self._remove(*old)
        if new is not None and after is not None:
            self._insert(*new, after)

    def _place(self, item: Item | None) -> tuple[Any, tuple[Any, ...]] | None:
        if item is None:
            return None
        attributes = item.attrs
        if self.partition_key not in attributes or any(name not in attributes for name in self.order):
            return None
        return attributes[self.partition_key].cast_value, tuple(attributes[name].cast_value for name in self.order)

    def _remove(self, partition: Any, order: tuple[Any, ...]) -> None:
        entries = self._partitions[partition]
        del entries[bisect_left(entries, order, key=SORT_KEY)]
        if not entries:
            del self._partitions[partition]

    def _insert(self, partition: Any, order: tuple[Any, ...], item: Item) -> None:
        entries = self._partitions.setdefault(partition, [])
        at = bisect_left(entries, order, key=SORT_KEY)
        if at < len(entries) and entries[at][0] == order:
            entries[at] = (order, item)
        else:
            entries.insert(at, (order, item))


def bounds(entries: list[Entry], comparison: str | None, operands: Sequence[DynamoType]) -> tuple[int, int]:
    """The slice of a partition that a condition on the sort key selects."""
    if comparison is None:
        return 0, len(entries)
    comparison, first = comparison.upper(), operands[0].cast_value
    if comparison == "BEGINS_WITH":
        length = len(first)

        def prefix(entry: Entry) -> Any:
            return _range_value(entry)[:length]

        return bisect_left(entries, first, key=prefix), bisect_right(entries, first, key=prefix)
    last = operands[-1].cast_value
    low = bisect_left(entries, first, key=_range_value)
    high = bisect_right(entries, last, key=_range_value)
    after_first = bisect_right(entries, first, key=_range_value)
    slices = {
        "=": (low, high),
        "<": (0, low),
        "<=": (0, high),
        ">": (after_first, len(entries)),
        ">=": (low, len(entries)),
        "BETWEEN": (low, high),
    }
    return slices[comparison]
