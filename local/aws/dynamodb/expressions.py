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
from .operators import (
    COMPARISONS,
    PREDICATES,
    among,
    between,
    compare,
    if_not_exists,
    list_append,
    required,
    size_of,
    sum_of,
)
from .paths import Operand, Path, Step, Test
from .values import Value

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<comparison><>|<=|>=|=|<|>)|(?P<sign>[()\[\],.+-])|(?P<value>:\w+)|(?P<name>\#?[A-Za-z0-9_]+))"
)


EXPRESSION_BYTES = 4096


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
        if (size := len(text.encode())) > EXPRESSION_BYTES:
            raise ValidationError(
                f"Invalid {what}: Expression size has exceeded the maximum allowed size; expression size: {size}"
            )
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
        if following == ["("] and word in PREDICATES:
            self.at += 2
            test = PREDICATES[word](self)
            self.expect(")")
            return test
        left = self.operand()
        if self.accept_word("BETWEEN"):
            low = self.operand()
            if not self.accept_word("AND"):
                raise self.syntax_error()
            return between(left, low, self.operand())
        if self.accept_word("IN"):
            return among(left, self._list())
        comparison = self.take()
        if comparison not in COMPARISONS:
            self.at -= 1
            raise self.syntax_error()
        return compare(comparison, left, self.operand())

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
            return size_of(path)
        return self.path().read

    # Keys

    def key_part(self) -> tuple[str, str, tuple[str, ...]]:
        parenthesized = self.accept("(")
        part: tuple[str, str, tuple[str, ...]]
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
                if comparison not in COMPARISONS or comparison == "<>":
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
            return path, sum_of(value, self._set_operand(), 1)
        if self.accept("-"):
            return path, sum_of(value, self._set_operand(), -1)
        return path, value

    def _set_operand(self) -> Operand:
        word, following = self.peek(), self.tokens[self.at + 1 : self.at + 2]
        if following == ["("] and word in ("if_not_exists", "list_append"):
            self.at += 2
            first = self.path().read if word == "if_not_exists" else self._set_operand()
            self.expect(",")
            second = self._set_operand()
            self.expect(")")
            return if_not_exists(first, second) if word == "if_not_exists" else list_append(first, second)
        if self.accept("("):
            inner = self._set_operand()
            if self.peek() in ("+", "-"):
                sign = 1 if self.take() == "+" else -1
                inner = sum_of(inner, self._set_operand(), sign)
            self.expect(")")
            return inner
        if self.peek().startswith(":"):
            label = self.value_label()
            return lambda item, context: context.value(label)
        return required(self.path())
