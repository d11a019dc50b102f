"""Items between Python and DynamoDB's wire form. Only what Batua stores: text, integers, bytes, booleans, lists, maps,
sets of bytes.

boto3's own serializer turns every number into a Decimal; amounts here are integers and stay so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Item = Mapping[str, Any]
"""An item as Python values."""

Wire = dict[str, Any]
"""An item, or a value, as DynamoDB's JSON has it."""


_AS_IT_IS: Final = frozenset({"S", "B", "BOOL"})
"""Kinds whose value is the same in Python."""


def encode(item: Item) -> dict[str, Wire]:
    return {name: encode_value(value) for name, value in item.items() if value is not None}


def decode(wire: Mapping[str, Wire]) -> dict[str, Any]:
    item = {}
    for name, typed in wire.items():
        # Most values are text, numbers or bytes: read here, without a call for each.
        for kind, value in typed.items():
            if kind in _AS_IT_IS:
                item[name] = value
            elif kind == "N":
                item[name] = int(value)
            else:
                item[name] = decode_value(typed)
    return item


def write_attributes(value: object, names: Mapping[str, str]) -> dict[str, Any]:
    """The item of a value: its field -> the attribute that stores it. Fields that are None are left out."""
    pairs = ((attribute, getattr(value, name)) for name, attribute in names.items())
    return {attribute: content for attribute, content in pairs if content is not None}


def read_attributes(record: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """What `write_attributes` stored, by field; one that is not stored is left to the field's default."""
    return {name: record[attribute] for name, attribute in names.items() if attribute in record}


def encode_value(value: Any) -> Wire:
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, bytes):
        return {"B": value}
    if isinstance(value, Mapping):
        return {"M": {str(name): encode_value(part) for name, part in value.items() if part is not None}}
    if isinstance(value, list | tuple):
        return {"L": [encode_value(part) for part in value]}
    if isinstance(value, frozenset):
        return {"BS": sorted(value)}
    raise TypeError(f"cannot store a {type(value).__name__}")


def decode_value(wire: Wire) -> Any:
    ((kind, value),) = wire.items()
    if kind in _AS_IT_IS:
        return value
    if kind == "N":
        return int(value)
    if kind == "M":
        return decode(value)
    if kind == "L":
        return [decode_value(part) for part in value]
    if kind == "NULL":
        return None
    if kind == "BS":
        return frozenset(value)
    return value
