"""The operators and functions of expressions, as closures over an item and the context of a request."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any, Final

from .errors import ItemRefused, ValidationError
from .paths import Context, Operand, Path, Test
from .values import Item, Value, kind_of, length, normalized, ordered, same

_TYPES: Final = frozenset({"S", "SS", "N", "NS", "B", "BS", "BOOL", "NULL", "L", "M"})

COMPARISONS: Final[dict[str, Callable[[int], bool]]] = {
    "=": lambda order: order == 0,
    "<>": lambda order: order != 0,
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}


def compare(sign: str, left: Operand, right: Operand) -> Test:
    if sign in ("=", "<>"):
        equal = sign == "="

        def equals(item: Item, context: Context) -> bool:
            one, other = left(item, context), right(item, context)
            if one is None or other is None:
                return not equal and (one is not None or other is not None)
            return same(one, other) is equal

        return equals
    holds = COMPARISONS[sign]

    def order(item: Item, context: Context) -> bool:
        one, other = left(item, context), right(item, context)
        found = ordered(one, other) if one is not None and other is not None else None
        return found is not None and holds(found)

    return order


def between(value: Operand, low: Operand, high: Operand) -> Test:
    above, below = compare(">=", value, low), compare("<=", value, high)
    return lambda item, context: above(item, context) and below(item, context)


def among(value: Operand, members: list[Operand]) -> Test:
    tests = [compare("=", value, member) for member in members]
    return lambda item, context: any(test(item, context) for test in tests)


def size_of(path: Path) -> Operand:
    def size(item: Item, context: Context) -> Value | None:
        value = path.read(item, context)
        count = None if value is None else length(value)
        return None if count is None else {"N": str(count)}

    return size


def _exists(parser: Any) -> Test:
    path = parser.path()
    return lambda item, context: path.read(item, context) is not None


def _not_exists(parser: Any) -> Test:
    path = parser.path()
    return lambda item, context: path.read(item, context) is None


def _has_type(parser: Any) -> Test:
    path = parser.path()
    parser.expect(",")
    label = parser.value_label()

    def test(item: Item, context: Context) -> bool:
        wanted = context.value(label).get("S")
        if wanted not in _TYPES:
            raise ValidationError(f"Invalid {parser.what}: Invalid attribute type name found; type: {wanted}")
        value = path.read(item, context)
        return value is not None and kind_of(value) == wanted

    return test


def _begins_with(parser: Any) -> Test:
    operand = parser.operand()
    parser.expect(",")
    prefix = parser.operand()

    def test(item: Item, context: Context) -> bool:
        value, wanted = operand(item, context), prefix(item, context)
        if value is None or wanted is None:
            return False
        kind = kind_of(wanted)
        if kind not in ("S", "B"):
            raise ValidationError(
                f"Invalid {parser.what}: Incorrect operand type for operator or function; operator or function: "
                f"begins_with, operand type: {kind}"
            )
        return kind == "S" and "S" in value and value["S"].startswith(wanted["S"])

    return test


def _contains(parser: Any) -> Test:
    operand = parser.operand()
    parser.expect(",")
    member = parser.operand()

    def test(item: Item, context: Context) -> bool:
        value, wanted = operand(item, context), member(item, context)
        if value is None or wanted is None:
            return False
        kind = kind_of(value)
        if kind == "L":
            return any(same(element, wanted) for element in value["L"])
        if kind == "S":
            return "S" in wanted and wanted["S"] in value["S"]
        if kind in ("SS", "BS"):
            return wanted.get(kind[0]) in value[kind]
        if kind == "NS":
            return any(same({"N": element}, wanted) for element in value[kind])
        return False

    return test


PREDICATES: Final[dict[str, Callable[[Any], Test]]] = {
    "attribute_exists": _exists,
    "attribute_not_exists": _not_exists,
    "attribute_type": _has_type,
    "begins_with": _begins_with,
    "contains": _contains,
}


def required(path: Path) -> Operand:
    def read(item: Item, context: Context) -> Value | None:
        value = path.read(item, context)
        if value is None:
            raise ItemRefused("The provided expression refers to an attribute that does not exist in the item")
        return value

    return read


def if_not_exists(path: Operand, otherwise: Operand) -> Operand:
    def read(item: Item, context: Context) -> Value | None:
        found = path(item, context)
        return otherwise(item, context) if found is None else found

    return read


def list_append(first: Operand, second: Operand) -> Operand:
    def append(item: Item, context: Context) -> Value:
        one, other = first(item, context), second(item, context)
        if one is None or other is None or "L" not in one or "L" not in other:
            raise _wrong_type()
        return {"L": [*one["L"], *other["L"]]}

    return append


def sum_of(first: Operand, second: Operand, sign: int) -> Operand:
    def add(item: Item, context: Context) -> Value:
        one, other = first(item, context), second(item, context)
        if one is None or other is None or "N" not in one or "N" not in other:
            raise _wrong_type()
        return {"N": added(one["N"], other["N"], sign)}

    return add


def _wrong_type() -> ValidationError:
    return ItemRefused("An operand in the update expression has an incorrect data type")


def added(one: str, other: str, sign: int = 1) -> str:
    try:
        return str(int(one) + sign * int(other))
    except ValueError:
        with localcontext(prec=38):
            return normalized(str(Decimal(one) + sign * Decimal(other)))
