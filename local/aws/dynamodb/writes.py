"""UpdateItem and TransactWriteItems as DynamoDB does them: decided on copies first, then stored, all or nothing."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from moto.dynamodb.comparisons import get_expected, get_filter_expression
from moto.dynamodb.exceptions import (
    AttributeDoesNotExist,
    ConditionalCheckFailed,
    IncorrectDataType,
    IncorrectOperandType,
    InvalidUpdateExpressionInvalidDocumentPath,
    ItemSizeTooLarge,
    ItemSizeToUpdateTooLarge,
    MockValidationException,
    MultipleTransactionsException,
    TooManyTransactionsException,
    TransactionCanceledException,
    TransactWriteSingleOpException,
)
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.parsing.executors import UpdateExpressionExecutor
from moto.dynamodb.parsing.expressions import UpdateExpressionParser  # type: ignore[attr-defined]
from moto.dynamodb.parsing.validators import UpdateExpressionValidator

from local.aws.meter import Call

from .sizes import index_write_units, item_size, write_units
from .table import IndexedTable

TRANSACTION_LIMIT = 100

# What only shows against the item as it is stored cancels a transaction. Anything else is wrong in the request itself.
REFUSED_BY_THE_ITEM = (
    AttributeDoesNotExist,
    IncorrectDataType,
    IncorrectOperandType,
    InvalidUpdateExpressionInvalidDocumentPath,
    ItemSizeTooLarge,
    ItemSizeToUpdateTooLarge,
)

Reason = tuple[str | None, str | None, dict[str, Any] | None]


@dataclass(frozen=True)
class Write:
    """One item of a request: as it is, and as it is to be. A ConditionCheck leaves it as it is."""

    table: IndexedTable
    before: Item | None
    after: Item | None
    stores: bool = True

    def store(self) -> None:
        if self.stores:
            self.table.store(self.before, self.after)

    def report(self) -> None:
        if self.stores:
            self.table.committed(self.before, self.after)

    def consume(self, call: Call, factor: int = 1, happened: bool = True) -> None:
        """`factor` is 2 in a transaction (prepare and commit); entries of indexes are written once, if at all."""
        units = call.on(self.table.name)
        units.items.write += factor * write_units(item_size(self.before), item_size(self.after))
        for index in self.table.all_indexes() if happened and self.stores else ():
            if written := index_write_units(index, self.before, self.after):
                units.index(index.name).write += written


def check_condition(operation: dict[str, Any], item: Item | None) -> None:
    if not get_expected(operation.get("Expected") or {}).expr(item):
        raise ConditionalCheckFailed
    condition = get_filter_expression(
        operation.get("ConditionExpression"),
        operation.get("ExpressionAttributeNames"),
        operation.get("ExpressionAttributeValues"),
    )
    if not condition.expr(item):
        wanted = operation.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        raise ConditionalCheckFailed(item=item.to_json()["Attributes"] if wanted and item is not None else None)


def updated(table: IndexedTable, before: Item | None, operation: dict[str, Any]) -> Item:
    """The item after an update, made on a copy: an expression that fails half way leaves nothing behind."""
    key = operation["Key"]
    draft: Item = copy.deepcopy(before) if before is not None else Item(*table.key_of(key), key)
    if operation.get("UpdateExpression"):
        expression = UpdateExpressionValidator(
            UpdateExpressionParser.make(operation["UpdateExpression"]),
            expression_attribute_names=operation.get("ExpressionAttributeNames") or {},
            expression_attribute_values=operation.get("ExpressionAttributeValues") or {},
            item=draft,
            table=table,
        ).validate()
        expression.normalize()
        UpdateExpressionExecutor(expression, draft, operation.get("ExpressionAttributeNames") or {}).execute()
    elif operation.get("AttributeUpdates"):
        draft.validate_no_empty_key_values(operation["AttributeUpdates"], table.attribute_keys)
        draft.update_with_attribute_updates(operation["AttributeUpdates"])
    table.check(draft)
    return draft


def decide(backend: DynamoDBBackend, kind: str, operation: dict[str, Any]) -> Write:
    """What one write would do. Raises if its condition fails or the item refuses it."""
    table = backend.get_table(operation["TableName"])
    assert isinstance(table, IndexedTable)
    before = table.current(operation["Item"] if kind == "Put" else operation["Key"])
    check_condition(operation, before)
    if kind == "Put":
        return Write(table, before, table.draft(operation["Item"]))
    if kind == "Update":
        return Write(table, before, updated(table, before, operation))
    if kind == "Delete":
        return Write(table, before, None)
    return Write(table, before, before, stores=False)


def write_one(backend: DynamoDBBackend, kind: str, operation: dict[str, Any], call: Call) -> Write:
    """PutItem, UpdateItem, DeleteItem. A failed condition consumes what the item as it is would."""
    try:
        write = decide(backend, kind, operation)
    except ConditionalCheckFailed:
        _as_it_is(backend, kind, operation).consume(call, happened=False)
        raise
    write.store()
    write.report()
    write.consume(call)
    return write


def transact(backend: DynamoDBBackend, items: list[dict[str, Any]], call: Call) -> list[Write]:
    """All conditions against the state before, then all writes. Nothing is copied but the items that are updated.

    Every item gets its reason, in the order of the request, when one of them fails.
    """
    operations = [_single(item) for item in items]
    _refuse_repeated_items(backend, operations)
    writes: list[Write] = []
    reasons: list[Reason] = []
    for kind, operation in operations:
        try:
            writes.append(decide(backend, kind, operation))
            reasons.append((None, None, None))
        except ConditionalCheckFailed as failure:
            existing = _as_it_is(backend, kind, operation)
            writes.append(existing)
            reasons.append(("ConditionalCheckFailed", str(failure.message), _returned(operation, existing.before)))
        except REFUSED_BY_THE_ITEM as failure:
            writes.append(_as_it_is(backend, kind, operation))
            reasons.append(("ValidationError", str(failure.message), None))
    cancelled = any(code for code, _, _ in reasons)
    for write in writes:
        write.consume(call, factor=2, happened=not cancelled)
    if cancelled:
        raise TransactionCanceledException(reasons)
    for write in writes:
        write.store()
    for write in writes:
        write.report()
    return writes


def _as_it_is(backend: DynamoDBBackend, kind: str, operation: dict[str, Any]) -> Write:
    table = backend.get_table(operation["TableName"])
    assert isinstance(table, IndexedTable)
    item = table.current(operation["Item"] if kind == "Put" else operation["Key"])
    return Write(table, item, item, stores=False)


def _returned(operation: dict[str, Any], item: Item | None) -> dict[str, Any] | None:
    wanted = operation.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    return item.to_json()["Attributes"] if wanted and item is not None else None


def _single(item: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    if len(item) != 1:
        raise TransactWriteSingleOpException
    return next(iter(item.items()))


def _refuse_repeated_items(backend: DynamoDBBackend, operations: list[tuple[str, dict[str, Any]]]) -> None:
    if len(operations) > TRANSACTION_LIMIT:
        raise TooManyTransactionsException
    seen = set()
    for kind, operation in operations:
        if kind not in {"Put", "Update", "Delete", "ConditionCheck"}:
            raise MockValidationException(f"Unsupported transaction operation {kind}")
        table = backend.get_table(operation["TableName"])
        assert isinstance(table, IndexedTable)
        target = (table.name, *table.key_of(operation["Item"] if kind == "Put" else operation["Key"]))
        if target in seen:
            raise MultipleTransactionsException
        seen.add(target)
