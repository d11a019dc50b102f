"""PutItem, UpdateItem, DeleteItem and TransactWriteItems: decided first, then stored, all or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.aws.meter import Call

from .errors import ConditionFailed, DynamoDbError, Item, ItemRefused, TransactionCancelled, ValidationError
from .expressions import parse_condition, parse_update, require_all_used
from .paths import Context
from .tables import Row, Table, write_units
from .updates import apply
from .values import with_bytes

TRANSACTION_LIMIT = 100
TRANSACTION_BYTES = 4 * 1024 * 1024
"""Of all items of a transaction together."""
KINDS = ("Put", "Update", "Delete", "ConditionCheck")

Request = dict[str, Any]
Listener = Callable[[Table, tuple[str, str], Row | None, Row | None], None]
"""Is called inside the transaction with each change of an item."""


@dataclass(frozen=True, slots=True)
class Write:
    """One item of a request: as it is, and as it is to be. A ConditionCheck leaves it as it is."""

    table: Table
    key: tuple[str, str]
    before: Row | None
    after: Row | None
    stores: bool = True

    @property
    def size(self) -> int:
        """Bytes of the item, as it is or as it is to be: the larger of both, as its capacity is counted."""
        return max((row.size for row in (self.before, self.after) if row), default=0)

    def store(self, listener: Listener) -> None:
        if not self.stores:
            return
        self.table.store(self.key, self.before, self.after)
        if (self.before and self.before.text) != (self.after and self.after.text):
            listener(self.table, self.key, self.before, self.after)

    def consume(self, call: Call, factor: int = 1, happened: bool = True) -> None:
        """`factor` is 2 in a transaction (prepare and commit); entries of indexes are written once, if at all."""
        units = call.on(self.table.name)
        sizes = [row.size for row in (self.before, self.after) if row]
        units.items.write += factor * write_units(*sizes)
        for index in self.table.indexes.values() if happened and self.stores else ():
            if written := index.write_units(self.before, self.after):
                units.index(index.name).write += written


def returned(row: Row) -> Item:
    """The item as a client gets it."""
    return with_bytes(row.item, binaries) if (binaries := row.binaries) else dict(row.item)


def decide(table: Table, kind: str, request: Request) -> Write:
    """What one write would do. Raises `ConditionFailed`, or `ItemRefused` where the item does not fit the request."""
    key = table.key_of(request["Item"], exactly=False) if kind == "Put" else table.key_of(request["Key"])
    context = Context(request.get("ExpressionAttributeNames") or {}, request.get("ExpressionAttributeValues") or {})
    condition = parse_condition(request["ConditionExpression"]) if "ConditionExpression" in request else None
    update = parse_update(request["UpdateExpression"]) if kind == "Update" and "UpdateExpression" in request else None
    require_all_used(context.names, context.values, [each.labels for each in (condition, update) if each])
    if "Expected" in request or "AttributeUpdates" in request:
        raise ValidationError("Expected and AttributeUpdates are legacy parameters; use expressions")
    before = table.read(key)
    if condition and not condition.test(before.item if before else {}, context):
        wanted = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        raise ConditionFailed(returned(before) if wanted and before else None)
    if kind == "Put":
        after = Row.of(request["Item"])
        table.check(after)
        return Write(table, key, before, after)
    if kind == "Update":
        item = before.item if before else dict(request["Key"])
        after = Row.of(apply(update, item, context, table.keys) if update else dict(item))
        table.check(after, updated=True)
        return Write(table, key, before, after)
    if kind == "Delete":
        return Write(table, key, before, None)
    return Write(table, key, before, before, stores=False)


def as_it_is(table: Table, kind: str, request: Request) -> Write:
    key = table.key_of(request["Item"], exactly=False) if kind == "Put" else table.key_of(request["Key"])
    row = table.read(key)
    return Write(table, key, row, row, stores=False)


def write_one(table: Table, kind: str, request: Request, call: Call, listener: Listener) -> Write:
    """A failed condition consumes what the item as it is would."""
    with table.database.transaction():
        try:
            write = decide(table, kind, request)
        except ConditionFailed:
            as_it_is(table, kind, request).consume(call, happened=False)
            raise
        write.store(listener)
    write.consume(call)
    return write


def transact(tables: Callable[[str], Table], items: list[Request], call: Call, listener: Listener) -> None:
    """All conditions against the state before, then all writes. Every item gets its reason when one of them fails."""
    operations = [_single(item) for item in items]
    if not 1 <= len(operations) <= TRANSACTION_LIMIT:
        raise ValidationError(
            "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have "
            f"length less than or equal to {TRANSACTION_LIMIT}"
        )
    _refuse_repeated_items(tables, operations)
    if not operations:
        return
    database = tables(operations[0][1]["TableName"]).database
    with database.transaction():
        writes, reasons = [], []
        for kind, request in operations:
            write, reason = _attempt(tables(request["TableName"]), kind, request)
            writes.append(write)
            reasons.append(reason)
        cancelled = any(reason["Code"] != "None" for reason in reasons)
        if sum(write.size for write in writes) > TRANSACTION_BYTES:
            raise ValidationError("The aggregate size of the items in the transaction exceeds the 4MB limit")
        for write in writes:
            write.consume(call, factor=2, happened=not cancelled)
        if cancelled:
            raise TransactionCancelled(reasons)
        for write in writes:
            write.store(listener)


def _attempt(table: Table, kind: str, request: Request) -> tuple[Write, dict[str, Any]]:
    try:
        return decide(table, kind, request), {"Code": "None"}
    except ConditionFailed as failure:
        reason = {"Code": "ConditionalCheckFailed", "Message": failure.message, **failure.details}
    except ItemRefused as failure:
        reason = {"Code": "ValidationError", "Message": failure.message}
    return as_it_is(table, kind, request), reason


def _single(item: Request) -> tuple[str, Request]:
    if len(item) != 1:
        raise ValidationError("TransactItems can only contain one of Check, Put, Update or Delete")
    ((kind, request),) = item.items()
    if kind not in KINDS:
        raise ValidationError(f"Unsupported transaction operation {kind}")
    return kind, request


def _refuse_repeated_items(tables: Callable[[str], Table], operations: list[tuple[str, Request]]) -> None:
    seen: set[tuple[str, str, str]] = set()
    for kind, request in operations:
        table = tables(request["TableName"])
        key = table.key_of(request["Item"], exactly=False) if kind == "Put" else table.key_of(request["Key"])
        if (table.name, *key) in seen:
            raise DynamoDbError(
                "ValidationException", "Transaction request cannot include multiple operations on one item"
            )
        seen.add((table.name, *key))
