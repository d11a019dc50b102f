"""How large DynamoDB takes an item to be, and how many units that costs.

The rule is that of "DynamoDB item sizes and formats" and "DynamoDB read and write operations" in the developer guide:
names and strings by their UTF-8 bytes, a number by half its significant digits and one more, 3 bytes and one per
element around a list or map.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable
from decimal import Decimal
from math import ceil

from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import SecondaryIndex

ITEM_LIMIT = 400 * 1024
READ_UNIT = 4096
WRITE_UNIT = 1024


def number_size(text: str) -> int:
    number = Decimal(text).normalize()
    digits = number.as_tuple().digits
    if not number:
        return 1
    return min(21, (len(digits) + 1) // 2 + 1) + (1 if number < 0 else 0)


def _binary_size(value: bytes | str) -> int:
    return len(value) if isinstance(value, bytes) else len(b64decode(value))


def value_size(value: DynamoType) -> int:
    kind = value.type
    if kind == "S":
        return len(value.value.encode())
    if kind == "N":
        return number_size(value.value)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + value_size(inner) for name, inner in value.value.items())
    if kind == "L":
        return 3 + sum(1 + value_size(inner) for inner in value.value)
    if kind == "SS":
        return sum(len(text.encode()) for text in value.value)
    if kind == "NS":
        return sum(number_size(text) for text in value.value)
    if kind == "B":
        return _binary_size(value.value)
    if kind == "BS":
        return sum(_binary_size(element) for element in value.value)
    return 1  # NULL and BOOL


def attributes_size(attributes: Iterable[tuple[str, DynamoType]]) -> int:
    return sum(len(name.encode()) + value_size(value) for name, value in attributes)


def item_size(item: Item | None) -> int:
    """Bytes of an item. Remembered on it: a stored item is replaced, never changed."""
    if item is None:
        return 0
    size: int | None = item.__dict__.get("bytes")
    if size is None:
        size = item.__dict__["bytes"] = attributes_size(item.attrs.items())
    return size


def read_units(size: int, consistent: bool) -> float:
    """Of one read of `size` bytes; what is not there costs as much as the smallest item."""
    units = max(1, ceil(size / READ_UNIT))
    return float(units) if consistent else units / 2


def write_units(*sizes: int) -> int:
    """Of one write: the larger of the item before and after counts, and never less than one unit."""
    return max(1, ceil(max(sizes) / WRITE_UNIT))


def index_entry(index: SecondaryIndex, item: Item | None) -> dict[str, DynamoType] | None:
    """The attributes of an item that the index holds, or None for an item without the index's keys (sparse)."""
    if item is None or any(name not in item.attrs for name in index.schema_key_attrs):
        return None
    projection = index.projection or {}
    if projection.get("ProjectionType", "ALL") == "ALL":
        return item.attrs
    names = {*index.table_key_attrs, *index.schema_key_attrs, *projection.get("NonKeyAttributes", ())}
    return {name: value for name, value in item.attrs.items() if name in names}


def index_write_units(index: SecondaryIndex, before: Item | None, after: Item | None) -> int:
    """A changed key is a delete and a put, an unchanged projection costs nothing."""
    old, new = index_entry(index, before), index_entry(index, after)
    if old is None and new is None:
        return 0
    if old is None or new is None:
        return write_units(attributes_size((old or new or {}).items()))
    sizes = [attributes_size(old.items()), attributes_size(new.items())]
    if any(old[name] != new[name] for name in index.schema_key_attrs):
        return write_units(sizes[0]) + write_units(sizes[1])
    return 0 if old == new else write_units(*sizes)
