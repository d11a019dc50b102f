"""Roles compiled for quick decisions: which statement, if any, grants an action on a resource in a context."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.model import Role, Statement

Values = Sequence[str] | None
Context = Mapping[str, Any]
"""Condition key -> its values in the request, or what computes them. A key that the request lacks is left out."""

CONDITION_KEYS = frozenset(
    {
        "dynamodb:Attributes",
        "dynamodb:EnclosingOperation",
        "dynamodb:LeadingKeys",
        "dynamodb:ReturnValues",
        "dynamodb:Select",
        "s3:prefix",
    }
)
"""Those whose values `required` gives. Another one in a role could not be judged, and is refused at the start."""

LEADING_KEYS = "dynamodb:LeadingKeys"
_REMEMBERED = 4096


class UnsupportedPolicy(NotImplementedError):
    """A role has a condition that can't be judged here."""


class Patterns:
    """IAM's patterns (`*`, `?`), most of which are a fixed beginning."""

    def __init__(self, patterns: Iterable[str], *, literal: bool = False) -> None:
        self._exact: dict[str, str] = {}
        self._beginnings: list[tuple[str, str]] = []
        self._others: list[tuple[re.Pattern[str], str]] = []
        for pattern in patterns:
            if literal or not ("*" in pattern or "?" in pattern):
                self._exact[pattern] = pattern
            elif pattern.endswith("*") and not ("*" in pattern[:-1] or "?" in pattern):
                self._beginnings.append((pattern[:-1], pattern))
            else:
                expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
                self._others.append((re.compile(expression, re.DOTALL), pattern))

    def find(self, value: str) -> str | None:
        """The pattern that the value fits."""
        if value in self._exact:
            return value
        for beginning, pattern in self._beginnings:
            if value.startswith(beginning):
                return pattern
        for expression, pattern in self._others:
            if expression.fullmatch(value):
                return pattern
        return None


@dataclass
class Condition:
    key: str
    holds: Callable[[Values], bool]
    patterns: Patterns


@dataclass
class Grant:
    """An action of a statement on one of its resources, and what of it has been used."""

    statement: Statement
    action: str
    resource: str
    keys: set[str] = field(default_factory=set)
    """Patterns of leading keys that a request fitted, or kinds of keys where the statement has no condition on them."""
    used: bool = False


@dataclass
class Rule:
    """A statement as far as it concerns one action on one resource."""

    grant: Grant
    conditions: Sequence[Condition]

    def unmet(self, context: Context) -> Condition | None:
        return next((each for each in self.conditions if not each.holds(_values(context, each.key))), None)

    def note(self, context: Context) -> None:
        self.grant.used = True
        values = _values(context, LEADING_KEYS) or ()
        for condition in self.conditions:
            if condition.key == LEADING_KEYS:
                self.grant.keys.update(pattern for pattern in map(condition.patterns.find, values) if pattern)
                return
        self.grant.keys.update(map(kind_of_key, values))


def kind_of_key(key: str) -> str:
    """A pattern for keys like this one: `AUDIT#*`, or `L#*#W#*` where a tenant's scope comes first."""
    parts = key.split("#", 3)
    if parts[0] in ("L", "T") and len(parts) > 2:
        return "#".join([parts[0], "*", parts[2], *("*" for _ in parts[3:])])
    return f"{parts[0]}#*" if len(parts) > 1 else key


class Policies:
    """The compiled role of one bearer. Grants are shared by the roles that take the same policy."""

    def __init__(self, role: Role, grants: dict[tuple[Any, ...], Grant]) -> None:
        self.role = role
        self._statements = [
            (statement, Patterns(statement.resources), [*_conditions(statement)]) for statement in role.statements
        ]
        self._grants = grants
        self._remembered: dict[tuple[str, str], tuple[list[Rule], list[Rule]]] = {}
        for statement in role.statements:
            for action in statement.actions:
                for resource in statement.resources:
                    self._grant(statement, action, resource)

    def allows(self, action: str, resource: str, context: Context) -> bool:
        denying, allowing = self.rules(action, resource)
        if any(rule.unmet(context) is None for rule in denying):
            return False
        for rule in allowing:
            if rule.unmet(context) is None:
                rule.note(context)
                return True
        return False

    def rules(self, action: str, resource: str) -> tuple[list[Rule], list[Rule]]:
        """The statements that deny, and those that allow this if their conditions hold."""
        found = self._remembered.get((action, resource))
        if found is None:
            found = self._find(action, resource)
            if len(self._remembered) < _REMEMBERED:
                self._remembered[action, resource] = found
        return found

    def _find(self, action: str, resource: str) -> tuple[list[Rule], list[Rule]]:
        denying: list[Rule] = []
        allowing: list[Rule] = []
        for statement, resources, conditions in self._statements:
            named = next((each for each in statement.actions if _same_action(each, action)), None)
            pattern = resources.find(resource)
            if named is None or (pattern is None) is not statement.excepts_resources:
                continue
            grant = self._grant(statement, named, pattern or statement.resources[0])
            (allowing if statement.effect == "Allow" else denying).append(Rule(grant, conditions))
        return denying, allowing

    def _grant(self, statement: Statement, action: str, resource: str) -> Grant:
        key = (statement.stack, statement.policy, statement.number, action, resource)
        return self._grants.setdefault(key, Grant(statement, action, resource))


def _same_action(pattern: str, action: str) -> bool:
    if "*" not in pattern and "?" not in pattern:
        return pattern.lower() == action.lower()
    return Patterns([pattern.lower()]).find(action.lower()) is not None


def _values(context: Context, key: str) -> Values:
    value = context.get(key)
    return value() if callable(value) else value


def _conditions(statement: Statement) -> Iterable[Condition]:
    for operator, keys in statement.conditions.items():
        for key, expected in keys.items():
            where = f"{statement.stack}: statement {statement.number} of {statement.policy}"
            if key not in CONDITION_KEYS:
                raise UnsupportedPolicy(f"{where} has the condition key {key}: local/aws/authorization can't judge it")
            yield _condition(operator, key, expected, where)


def _condition(operator: str, key: str, expected: Sequence[str], where: str) -> Condition:
    quantifier, _, rest = operator.rpartition(":")
    name = rest.removesuffix("IfExists")
    optional = name != rest
    if name == "Null":
        wanted = expected[0].lower() == "true"
        return Condition(key, lambda values: (values is None) is wanted, Patterns(()))
    kind = re.fullmatch(r"(String|Arn)(Not)?(Equals|Like)", name)
    if kind is None or quantifier not in ("", "ForAllValues", "ForAnyValue"):
        raise UnsupportedPolicy(f"{where} has the operator {operator}: local/aws/authorization can't judge it")
    patterns = Patterns(expected, literal=kind[1] == "String" and kind[3] == "Equals")
    negated = kind[2] is not None

    def fits(value: str) -> bool:
        return (patterns.find(value) is None) is negated

    def holds(values: Values) -> bool:
        if quantifier == "ForAllValues":
            return all(map(fits, values or ()))  # of no values too: AWS's own trap
        if values is None:
            return optional or (negated and not quantifier)
        return all(map(fits, values)) if negated and not quantifier else any(map(fits, values))

    return Condition(key, holds, patterns)
