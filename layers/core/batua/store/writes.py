"""The writes a transaction is made of, with their conditions, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .codec import Item, encode, encode_value
from .keys import Key


@dataclass(frozen=True, slots=True)
class Condition:
    """All parts must hold: attributes `equal` to values, `at_least` (>=) values or `below` (<) them, `missing` or
    `present`; sets that lack each of some members (one that is not there lacks all).

    Where there are alternatives in `any_of`, one of them must hold besides.
    """

    equal: Mapping[str, Any] = field(default_factory=dict)
    at_least: Mapping[str, int] = field(default_factory=dict)
    below: Mapping[str, int] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    lacking: Mapping[str, Sequence[bytes]] = field(default_factory=dict)
    any_of: tuple[Condition, ...] = ()


ABSENT = Condition(missing=("pk",))
"""The item does not exist yet."""

EXISTS = Condition(present=("pk",))
ALWAYS = Condition()


@dataclass(frozen=True, slots=True)
class Put:
    """Writes a whole item. `item` leaves the key out."""

    key: Key
    item: Item
    when: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class Update:
    """Changes attributes of an item, which need not exist: `add` counts up or joins sets, `set` replaces, `remove`
    deletes."""

    key: Key
    add: Mapping[str, int | frozenset[bytes]] = field(default_factory=dict)
    set: Mapping[str, Any] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    when: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class Delete:
    key: Key
    when: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class Check:
    """Writes nothing, but the transaction fails where the condition does not hold."""

    key: Key
    when: Condition


Write = Put | Update | Delete | Check


class Expression:
    """Collects names and values, so that no attribute name collides with one of DynamoDB's 573 reserved words."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def name(self, attribute: str) -> str:
        self.names.setdefault(f"#{attribute}", attribute)
        return f"#{attribute}"

    def value(self, value: Any) -> str:
        label = f":v{len(self.values)}"
        self.values[label] = encode_value(value)
        return label

    def condition(self, when: Condition) -> str:
        parts = [f"{self.name(name)} = {self.value(value)}" for name, value in when.equal.items()]
        parts += [f"{self.name(name)} >= {self.value(value)}" for name, value in when.at_least.items()]
        parts += [f"{self.name(name)} < {self.value(value)}" for name, value in when.below.items()]
        parts += [f"attribute_not_exists({self.name(name)})" for name in when.missing]
        parts += [f"attribute_exists({self.name(name)})" for name in when.present]
        for name, members in when.lacking.items():
            parts += [f"NOT contains({self.name(name)}, {self.value(member)})" for member in members]
        if when.any_of:
            parts.append("(" + " OR ".join(f"({self.condition(each)})" for each in when.any_of) + ")")
        return " AND ".join(parts)

    def update(self, write: Update) -> str:
        clauses = []
        if write.set:
            clauses.append("SET " + ", ".join(f"{self.name(n)} = {self.value(v)}" for n, v in write.set.items()))
        if write.remove:
            clauses.append("REMOVE " + ", ".join(self.name(name) for name in write.remove))
        if write.add:
            clauses.append("ADD " + ", ".join(f"{self.name(n)} {self.value(v)}" for n, v in write.add.items()))
        return " ".join(clauses)

    def into(self, request: dict[str, Any]) -> dict[str, Any]:
        if self.names:
            request["ExpressionAttributeNames"] = self.names
        if self.values:
            request["ExpressionAttributeValues"] = self.values
        return request


def render_write(write: Write, table: str, *, return_old_on_failure: bool = True) -> dict[str, Any]:
    """The arguments of PutItem, UpdateItem, DeleteItem, or of the same operation in a transaction.

    `return_old_on_failure`: where the condition fails, the stored item comes back.
    """
    expression = Expression()
    request: dict[str, Any] = {"TableName": table}
    if return_old_on_failure:
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    condition = expression.condition(write.when)
    if condition:
        request["ConditionExpression"] = condition
    if isinstance(write, Put):
        request["Item"] = encode({"pk": write.key.pk, "sk": write.key.sk, **write.item})
    else:
        request["Key"] = {"pk": {"S": write.key.pk}, "sk": {"S": write.key.sk}}
    if isinstance(write, Update):
        request["UpdateExpression"] = expression.update(write)
    return expression.into(request)


def operation(write: Write) -> str:
    """The name of the write inside TransactWriteItems."""
    return "ConditionCheck" if isinstance(write, Check) else type(write).__name__
