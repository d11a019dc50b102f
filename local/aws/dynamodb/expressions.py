"""DynamoDB's expressions: parsed once for each text, evaluated against plain items.

The grammar is that of "Condition and filter expressions, operators, and functions", "Update expressions" and
"Projection expressions" in the developer guide. A parsed expression is a closure over (item, context): the names and
values of a request are bound when it runs, so that one parse serves every request with the same text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from .errors import ValidationError
from .values import Item, Value, kind_of, length, ordered, same

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<comparison><>|<=|>=|=|<|>)|(?P<sign>[()\[\],.+-])|(?P<value>:\w+)|(?P<name>\#?[A-Za-z0-9_]+))"
)
_TYPES: Final = frozenset({"S", "SS", "N", "NS", "B", "BS", "BOOL", "NULL", "L", "M"})


@dataclass(frozen=True)
class Context:
    """The names (`#name`) and values (`:value`) of one request."""

    names: dict[str, str]
    values: dict[str, Value]

    def value(self, label: str) -> Value:
        try:
            return self.values[label]
        except KeyError:
            raise ValidationError(
                f"Invalid expression: An expression attribute value used in expression is not defined; "
                f"attribute value: {label}"
            ) from None

    def name(self, label: str) -> str:
        if not label.startswith("#"):
            return label
        try:
            return self.names[label]
        except KeyError:
            raise ValidationError(
                f"Invalid expression: An expression attribute name used in the document path is not defined; "
                f"attribute name: {label}"
            ) from None


Step = str | int
Operand = Callable[[Item, Context], Value | None]
Test = Callable[[Item, Context], bool]


@dataclass(frozen=True)
class Path:
    """A document path: labels as they are written, and list indexes."""

    steps: tuple[Step, ...]

    def resolve(self, context: Context) -> tuple[Step, ...]:
        return tuple(context.name(step) if isinstance(step, str) else step for step in self.steps)

    def read(self, item: Item, context: Context) -> Value | None:
        if len(self.steps) == 1:
            return item.get(context.name(str(self.steps[0])))
        return read_path(item, self.resolve(context))


def read_path(item: Item, path: Iterable[Step]) -> Value | None:
    value: Value | None = {"M": item}
    for step in path:
        if value is None:
            return None
        if isinstance(step, int):
            elements = value.get("L")
            value = elements[step] if elements is not None and step < len(elements) else None
        else:
            value = value["M"].get(step) if "M" in value else None
    return value


@dataclass(frozen=True)
class Condition:
    """Of a ConditionExpression or FilterExpression. `paths` are all that it names."""

    test: Test
    labels: frozenset[str]
    paths: tuple[Path, ...]


@dataclass(frozen=True)
class KeyCondition:
    """Of a Query: the partition's attribute and value; and of the sort key a comparison with its values, if any."""

    parts: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Name label, comparison (=, <, <=, >, >=, BETWEEN, begins_with), value labels."""
    labels: frozenset[str]


@dataclass(frozen=True, eq=False)
class Update:
    set: tuple[tuple[Path, Operand], ...]
    remove: tuple[Path, ...]
    add: tuple[tuple[Path, str], ...]
    delete: tuple[tuple[Path, str], ...]
    labels: frozenset[str]


@dataclass(frozen=True)
class Projection:
    paths: tuple[Path, ...]
    labels: frozenset[str]


@lru_cache(4096)
def parse_condition(text: str, what: str = "ConditionExpression") -> Condition:
    parser = _Parser(text, what)
    test = parser.either()
    parser.end()
    return Condition(test, frozenset(parser.labels), tuple(parser.paths))


@lru_cache(4096)
def parse_update(text: str) -> Update:
    parser = _Parser(text, "UpdateExpression")
    return parser.update()


@lru_cache(1024)
def parse_projection(text: str) -> Projection:
    parser = _Parser(text, "ProjectionExpression")
    paths = [parser.path()]
    while parser.accept(","):
        paths.append(parser.path())
    parser.end()
    return Projection(tuple(paths), frozenset(parser.labels))


@lru_cache(1024)
def parse_key_condition(text: str) -> KeyCondition:
    parser = _Parser(text, "KeyConditionExpression")
    parts = [parser.key_part()]
    while parser.accept_word("AND"):
        parts.append(parser.key_part())
    parser.end()
    return KeyCondition(tuple(parts), frozenset(parser.labels))


def require_all_used(names: dict[str, str], values: dict[str, Value], used: Iterable[frozenset[str]]) -> None:
    """DynamoDB refuses a name or value that no expression of the request uses."""
    labels: frozenset[str] = frozenset().union(*used)
    for what, given in (("Names", names), ("Values", values)):
        unused = [label for label in given if label not in labels]
        if unused:
            raise ValidationError(
                f"Value provided in ExpressionAttribute{what} unused in expressions: keys: {{{', '.join(unused)}}}"
            )


@lru_cache(1)
def reserved_words() -> frozenset[str]:
    """DynamoDB's 573 reserved words, as moto lists them."""
    from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

    return frozenset(ReservedKeywords.get_reserved_keywords())


class _Parser:
    def __init__(self, text: str, what: str) -> None:
        if not text.strip():
            raise ValidationError(f"Invalid {what}: The expression can not be empty;")
        self.what = what
        self.tokens = self._split(text)
        self.at = 0
        self.labels: set[str] = set()
        self.paths: list[Path] = []

    def _split(self, text: str) -> list[str]:
        tokens, at = [], 0
        text = text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if not found:
                raise ValidationError(
                    f'Invalid {self.what}: Syntax error; token: "{text[at]}", near: "{text[at : at + 9]}"'
                )
            tokens.append(found[0].strip())
            at = found.end()
        return tokens

    # Tokens

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def accept(self, sign: str) -> bool:
        if self.peek() != sign:
            return False
        self.at += 1
        return True

    def accept_word(self, word: str) -> bool:
        if self.peek().upper() != word:
            return False
        self.at += 1
        return True

    def expect(self, sign: str) -> None:
        if not self.accept(sign):
            raise self.syntax_error()

    def end(self) -> None:
        if self.at < len(self.tokens):
            raise self.syntax_error()

    def syntax_error(self) -> ValidationError:
        token = self.peek() or "<EOF>"
        near = " ".join(self.tokens[max(0, self.at - 1) : self.at + 2])
        return ValidationError(f'Invalid {self.what}: Syntax error; token: "{token}", near: "{near}"')

    def value_label(self) -> str:
        token = self.take()
        if not token.startswith(":"):
            self.at -= 1
            raise self.syntax_error()
        self.labels.add(token)
        return token

    def path(self) -> Path:
        steps: list[Step] = [self._name()]
        while True:
            if self.accept("."):
                steps.append(self._name())
            elif self.accept("["):
                number = self.take()
                if not number.isdigit():
                    self.at -= 1
                    raise self.syntax_error()
                steps.append(int(number))
                self.expect("]")
            else:
                break
        path = Path(tuple(steps))
        self.paths.append(path)
        return path

    def _name(self) -> str:
        token = self.take()
        if token.startswith("#") and len(token) > 1:
            self.labels.add(token)
            return token
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", token):
            self.at -= 1
            raise self.syntax_error()
        if token.upper() in reserved_words():
            raise ValidationError(
                f"Invalid {self.what}: Attribute name is a reserved keyword; reserved keyword: {token}"
            )
        return token

    # Conditions

    def either(self) -> Test:
        tests = [self.every()]
        while self.accept_word("OR"):
            tests.append(self.every())
        return tests[0] if len(tests) == 1 else lambda item, context: any(test(item, context) for test in tests)

    def every(self) -> Test:
        tests = [self.negation()]
        while self.accept_word("AND"):
            tests.append(self.negation())
        return tests[0] if len(tests) == 1 else lambda item, context: all(test(item, context) for test in tests)

    def negation(self) -> Test:
        if self.accept_word("NOT"):
            test = self.negation()
            return lambda item, context: not test(item, context)
        if self.accept("("):
            test = self.either()
            self.expect(")")
            return test
        return self.predicate()

    def predicate(self) -> Test:
        word, following = self.peek(), self.tokens[self.at + 1 : self.at + 2]
        if following == ["("] and word in _PREDICATES:
            self.at += 2
            test = _PREDICATES[word](self)
            self.expect(")")
            return test
        left = self.operand()
        if self.accept_word("BETWEEN"):
            low = self.operand()
            if not self.accept_word("AND"):
                raise self.syntax_error()
            return _between(left, low, self.operand())
        if self.accept_word("IN"):
            return _among(left, self._list())
        comparison = self.take()
        if comparison not in _COMPARISONS:
            self.at -= 1
            raise self.syntax_error()
        return _comparison(comparison, left, self.operand())

    def _list(self) -> list[Operand]:
        self.expect("(")
        members = [self.operand()]
        while self.accept(","):
            members.append(self.operand())
        self.expect(")")
        return members

    def operand(self) -> Operand:
        if self.peek().startswith(":"):
            label = self.value_label()
            return lambda item, context: context.value(label)
        if self.peek() == "size" and self.tokens[self.at + 1 : self.at + 2] == ["("]:
            self.at += 2
            path = self.path()
            self.expect(")")
            return _size_of(path)
        return self.path().read

    # Keys

    def key_part(self) -> tuple[str, str, tuple[str, ...]]:
        parenthesized = self.accept("(")
        if self.peek() == "begins_with":
            self.at += 1
            self.expect("(")
            name = self._name()
            self.expect(",")
            part = (name, "begins_with", (self.value_label(),))
            self.expect(")")
        else:
            name = self._name()
            if self.accept_word("BETWEEN"):
                low = self.value_label()
                if not self.accept_word("AND"):
                    raise self.syntax_error()
                part = (name, "BETWEEN", (low, self.value_label()))
            else:
                comparison = self.take()
                if comparison not in _COMPARISONS or comparison == "<>":
                    raise ValidationError("Invalid operator used in KeyConditionExpression")
                part = (name, comparison, (self.value_label(),))
        if parenthesized:
            self.expect(")")
        return part

    # Updates

    def update(self) -> Update:
        clauses: dict[str, list[Any]] = {}
        while self.at < len(self.tokens):
            verb = self.take().upper()
            if verb not in ("SET", "REMOVE", "ADD", "DELETE"):
                self.at -= 1
                raise self.syntax_error()
            if verb in clauses:
                raise ValidationError(
                    f'Invalid UpdateExpression: The "{verb}" section can only be used once in an update expression;'
                )
            actions = clauses[verb] = [self._action(verb)]
            while self.accept(","):
                actions.append(self._action(verb))
        of: Callable[[str], Any] = lambda verb: tuple(clauses.get(verb, ()))  # noqa: E731
        return Update(of("SET"), of("REMOVE"), of("ADD"), of("DELETE"), frozenset(self.labels))

    def _action(self, verb: str) -> Any:
        path = self.path()
        if verb == "REMOVE":
            return path
        if verb in ("ADD", "DELETE"):
            return path, self.value_label()
        self.expect("=")
        value = self._set_operand()
        if self.accept("+"):
            return path, _sum(value, self._set_operand(), 1)
        if self.accept("-"):
            return path, _sum(value, self._set_operand(), -1)
        return path, value

    def _set_operand(self) -> Operand:
        word, following = self.peek(), self.tokens[self.at + 1 : self.at + 2]
        if following == ["("] and word in ("if_not_exists", "list_append"):
            self.at += 2
            first = self.path().read if word == "if_not_exists" else self._set_operand()
            self.expect(",")
            second = self._set_operand()
            self.expect(")")
            return _if_not_exists(first, second) if word == "if_not_exists" else _list_append(first, second)
        if self.accept("("):
            inner = self._set_operand()
            if self.peek() in ("+", "-"):
                sign = 1 if self.take() == "+" else -1
                inner = _sum(inner, self._set_operand(), sign)
            self.expect(")")
            return inner
        if self.peek().startswith(":"):
            label = self.value_label()
            return lambda item, context: context.value(label)
        return _required(self.path())


_COMPARISONS: Final[dict[str, Callable[[int], bool]]] = {
    "=": lambda order: order == 0,
    "<>": lambda order: order != 0,
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}


def _comparison(sign: str, left: Operand, right: Operand) -> Test:
    if sign in ("=", "<>"):
        equal = sign == "="

        def compare(item: Item, context: Context) -> bool:
            one, other = left(item, context), right(item, context)
            if one is None or other is None:
                return not equal and (one is not None or other is not None)
            return same(one, other) is equal

        return compare
    holds = _COMPARISONS[sign]

    def order(item: Item, context: Context) -> bool:
        one, other = left(item, context), right(item, context)
        found = ordered(one, other) if one is not None and other is not None else None
        return found is not None and holds(found)

    return order


def _between(value: Operand, low: Operand, high: Operand) -> Test:
    above, below = _comparison(">=", value, low), _comparison("<=", value, high)
    return lambda item, context: above(item, context) and below(item, context)


def _among(value: Operand, members: list[Operand]) -> Test:
    tests = [_comparison("=", value, member) for member in members]
    return lambda item, context: any(test(item, context) for test in tests)


def _size_of(path: Path) -> Operand:
    def size(item: Item, context: Context) -> Value | None:
        value = path.read(item, context)
        count = None if value is None else length(value)
        return None if count is None else {"N": str(count)}

    return size


def _exists(parser: _Parser) -> Test:
    path = parser.path()
    return lambda item, context: path.read(item, context) is not None


def _not_exists(parser: _Parser) -> Test:
    path = parser.path()
    return lambda item, context: path.read(item, context) is None


def _has_type(parser: _Parser) -> Test:
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


def _begins_with(parser: _Parser) -> Test:
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


def _contains(parser: _Parser) -> Test:
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
        if kind in ("SS", "NS", "BS"):
            return any(same({kind[0]: element}, wanted) for element in value[kind])
        return False

    return test


_PREDICATES: Final[dict[str, Callable[[_Parser], Test]]] = {
    "attribute_exists": _exists,
    "attribute_not_exists": _not_exists,
    "attribute_type": _has_type,
    "begins_with": _begins_with,
    "contains": _contains,
}


def _required(path: Path) -> Operand:
    def read(item: Item, context: Context) -> Value | None:
        from .errors import ItemRefused

        value = path.read(item, context)
        if value is None:
            raise ItemRefused("The provided expression refers to an attribute that does not exist in the item")
        return value

    return read


def _if_not_exists(path: Operand, otherwise: Operand) -> Operand:
    def read(item: Item, context: Context) -> Value | None:
        found = path(item, context)
        return otherwise(item, context) if found is None else found

    return read


def _list_append(first: Operand, second: Operand) -> Operand:
    def append(item: Item, context: Context) -> Value:
        one, other = first(item, context), second(item, context)
        if one is None or other is None or "L" not in one or "L" not in other:
            raise _wrong_type()
        return {"L": [*one["L"], *other["L"]]}

    return append


def _sum(first: Operand, second: Operand, sign: int) -> Operand:
    def add(item: Item, context: Context) -> Value:
        one, other = first(item, context), second(item, context)
        if one is None or other is None or "N" not in one or "N" not in other:
            raise _wrong_type()
        return {"N": added(one["N"], other["N"], sign)}

    return add


def _wrong_type() -> ValidationError:
    from .errors import ItemRefused

    return ItemRefused("An operand in the update expression has an incorrect data type")


def added(one: str, other: str, sign: int = 1) -> str:
    from decimal import Decimal, localcontext

    from .values import normalized

    try:
        return str(int(one) + sign * int(other))
    except ValueError:
        with localcontext(prec=38):
            return normalized(str(Decimal(one) + sign * Decimal(other)))
