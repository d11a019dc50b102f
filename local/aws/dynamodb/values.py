"""Attribute values in DynamoDB's JSON form, `{"S": "text"}`: their rules, their sizes, how they compare.

Binary values stay in Base64 as they are on the wire; `with_bytes` decodes them for the client.

The sizes are those of "DynamoDB item sizes and formats" in the developer guide: names and strings by their UTF-8 bytes,
a number by half its significant digits and one more, 3 bytes and one per element around a list or map.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from decimal import Decimal, InvalidOperation
from typing import Any

from .errors import ValidationError

Value = dict[str, Any]
Item = dict[str, Value]

ITEM_LIMIT = 400 * 1024
_PLAIN_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,37}")
_DIGITS, _LARGEST, _SMALLEST = 38, Decimal("9.9999999999999999999999999999999999999E+125"), Decimal("1E-130")


def kind_of(value: Value) -> str:
    (kind,) = value
    return kind


def measure_item(item: Item) -> int:
    """Bytes of an item. Numbers are brought into DynamoDB's form; raises `ValidationError` for what is no value."""
    return sum(len(name.encode()) + measure(value) for name, value in item.items())


def measure(value: Any) -> int:
    """Bytes of a value, which is checked and, where it is a number, normalized in place."""
    if not isinstance(value, dict) or len(value) != 1:
        raise ValidationError(
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported "
            "datatypes"
        )
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content) if content.isascii() else len(content.encode())
    if kind == "N":
        value["N"] = content = normalized(content)
        return number_size(content)
    if kind == "B":
        return binary_size(content)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + measure(inner) for name, inner in content.items())
    if kind == "L":
        return 3 + sum(1 + measure(inner) for inner in content)
    if kind in ("SS", "NS", "BS"):
        return _measure_set(kind, value)
    if kind in ("BOOL", "NULL"):
        return 1
    raise ValidationError(
        f"Supplied AttributeValue is empty, must contain exactly one of the supported datatypes: {kind}"
    )


def _measure_set(kind: str, value: Value) -> int:
    members = value[kind]
    if not members:
        raise ValidationError("One or more parameter values were invalid: An string set  may not be empty")
    if kind == "NS":
        value[kind] = members = [normalized(member) for member in members]
    if len(set(members)) != len(members):
        raise ValidationError(
            f"One or more parameter values were invalid: Input collection {members} contains duplicates."
        )
    sizes = {"SS": lambda text: len(text.encode()), "NS": number_size, "BS": binary_size}
    return sum(sizes[kind](member) for member in members)


def normalized(number: str) -> str:
    """DynamoDB's form of a number: no leading or trailing zeros."""
    if _PLAIN_NUMBER.fullmatch(number):
        return number
    try:
        exact = Decimal(number)
    except InvalidOperation:
        raise ValidationError(f"The parameter cannot be converted to a numeric value: {number}") from None
    if not exact.is_finite():
        raise ValidationError(f"The parameter cannot be converted to a numeric value: {number}")
    if len(exact.normalize().as_tuple().digits) > _DIGITS:
        raise ValidationError("Attempting to store more than 38 significant digits in a Number")
    if abs(exact) > _LARGEST:
        raise ValidationError(
            "Number overflow. Attempting to store a number with magnitude larger than supported range"
        )
    if exact and abs(exact) < _SMALLEST:
        raise ValidationError(
            "Number underflow. Attempting to store a number with magnitude smaller than supported range"
        )
    text = format(exact.normalize(), "f")
    return "0" if text == "-0" else text


def number_size(text: str) -> int:
    number = Decimal(text).normalize()
    if not number:
        return 1
    digits = number.as_tuple().digits
    return min(21, (len(digits) + 1) // 2 + 1) + (1 if number < 0 else 0)


def binary_size(text: str) -> int:
    """Of Base64, without decoding it."""
    return len(text) * 3 // 4 - text.count("=", -2)


def same(one: Value, other: Value) -> bool:
    """Equal as DynamoDB compares: numbers by their value, sets whatever their order."""
    if one == other:
        return True
    kind = kind_of(one)
    if kind not in other:
        return False
    left, right = one[kind], other[kind]
    if kind == "N":
        return Decimal(left) == Decimal(right)
    if kind in ("SS", "BS"):
        return set(left) == set(right)
    if kind == "NS":
        return set(map(Decimal, left)) == set(map(Decimal, right))
    if kind == "L":
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    if kind == "M":
        return left.keys() == right.keys() and all(same(left[name], right[name]) for name in left)
    return False


def ordered(one: Value, other: Value) -> int | None:
    """Negative, 0 or positive as `one` comes before, with or after `other`; None where they can't be ordered."""
    kind = kind_of(one)
    if kind not in other or kind not in ("S", "N", "B"):
        return None
    left, right = sortable(one), sortable(other)
    return int(left > right) - int(left < right)


def sortable(value: Value) -> Any:
    """What Python orders as DynamoDB orders the value: text by its UTF-8 bytes, numbers by value."""
    ((kind, content),) = value.items()
    if kind == "N":
        return int(content) if _PLAIN_NUMBER.fullmatch(content) else Decimal(content)
    return content.encode() if kind == "S" else a2b_base64(content)


def length(value: Value) -> int | None:
    """What `size(path)` gives; None for a number or a boolean, which have none."""
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "B":
        return binary_size(content)
    return len(content) if kind in ("SS", "NS", "BS", "L", "M") else None


_NESTING = ("M", "L", "BS")


def with_bytes(item: Item, binaries: int) -> Item:
    """The item as botocore parses it: binary values decoded, everything else as it is.

    `binaries` is how many there are at most. Where all stand at the top, nothing below is looked at.
    """
    shown = dict(item)
    nested = []
    for name, value in item.items():
        for kind, content in value.items():
            if kind == "B":
                shown[name] = {"B": a2b_base64(content)}
                binaries -= 1
            elif kind in _NESTING:
                nested.append(name)
    if binaries > 0:
        for name in nested:
            shown[name] = _with_bytes(item[name])
    return shown


def _with_bytes(value: Value) -> Value:
    ((kind, content),) = value.items()
    if kind == "B":
        return {"B": a2b_base64(content)}
    if kind == "M":
        return {"M": {name: _with_bytes(inner) for name, inner in content.items()}}
    if kind == "L":
        return {"L": [_with_bytes(inner) for inner in content]}
    if kind == "BS":
        return {"BS": [a2b_base64(member) for member in content]}
    return value
