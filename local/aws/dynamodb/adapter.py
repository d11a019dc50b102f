"""Where moto's DynamoDB is replaced: its entry, its table, its writes, its consumed capacity."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from threading import RLock
from typing import Any

from moto.core.responses import ActionResult
from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import Item, LimitedSizeDict
from moto.dynamodb.responses import DynamoHandler

from local.aws.meter import Call, Meter
from local.aws.patching import Patches

from . import speed, writes
from .sizes import item_size, read_units
from .table import IndexedTable
from .tokens import CompletedTransactions

Action = Callable[[DynamoHandler], ActionResult]


class DynamoDbAdapter:
    """The traps of moto's DynamoDB that are closed while this is installed, and the state that this takes."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self.lock = RLock()
        self.completed = CompletedTransactions()
        self.call = Call("")

    def install(self, patches: Patches) -> None:
        self._serialize_operations(patches)
        self._keep_items_indexed(patches)
        self._decide_before_storing(patches)
        speed.install(patches)
        for name, count_reads in COUNTED.items():
            self._count(patches, name, count_reads)

    def _serialize_operations(self, patches: Patches) -> None:
        """Trap: moto is not thread safe: two conditional writes can both see the condition hold, and money is lost."""
        adapter = self
        original = DynamoHandler.call_action

        def call_action(self: DynamoHandler) -> Any:
            with adapter.lock:
                return original(self)

        patches.replace(DynamoHandler, "call_action", call_action)

    def _keep_items_indexed(self, patches: Patches) -> None:
        """Traps: those of `IndexedTable`; and each attribute that is set weighs the whole item again."""
        patches.replace(models, "Table", IndexedTable)
        patches.replace(LimitedSizeDict, "__setitem__", dict.__setitem__)

    def _decide_before_storing(self, patches: Patches) -> None:
        """Traps: a transaction copies whole tables and puts them back, ignores its token, and reports no capacity."""
        adapter = self

        def put_item(self: DynamoDBBackend, table_name: str, item_attrs: dict[str, Any], *args: Any, **kw: Any) -> Item:
            operation = _operation(PUT_PARAMETERS, args, kw) | {"TableName": table_name, "Item": item_attrs}
            return _stored(writes.write_one(self, "Put", operation, adapter.call).after)

        def update_item(
            self: DynamoDBBackend, table_name: str, key: dict[str, Any], update_expression: str, *args: Any, **kw: Any
        ) -> Item:
            operation = _operation(UPDATE_PARAMETERS, args, kw)
            operation |= {"TableName": table_name, "Key": key, "UpdateExpression": update_expression}
            return _stored(writes.write_one(self, "Update", operation, adapter.call).after)

        def delete_item(
            self: DynamoDBBackend, table_name: str, key: dict[str, Any], *args: Any, **kw: Any
        ) -> Item | None:
            operation = _operation(DELETE_PARAMETERS, args, kw) | {"TableName": table_name, "Key": key}
            return writes.write_one(self, "Delete", operation, adapter.call).before

        def transact_write_items(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
            writes.transact(self, transact_items, adapter.call)

        for method in (put_item, update_item, delete_item, transact_write_items):
            patches.replace(DynamoDBBackend, method.__name__, method)

    def _count(self, patches: Patches, name: str, count_reads: Callable[[DynamoHandler, Call], None] | None) -> None:
        """Trap: moto reports one unit for everything, and none for a transaction."""
        adapter = self
        action: Action = inspect.unwrap(getattr(DynamoHandler, name))
        if name == "transact_write_items":
            action = adapter._with_token(action)
        operation = "".join(part.title() for part in name.split("_"))

        def counted(self: DynamoHandler) -> ActionResult:
            adapter.call = call = Call(operation)
            try:
                result = action(self)
                if count_reads:
                    count_reads(self, call)
            finally:
                adapter.meter.ended(call)
            _report(result, self.body.get("ReturnConsumedCapacity", "NONE"), call, single=name in SINGLE)
            return result

        patches.replace(DynamoHandler, name, counted)

    def _with_token(self, action: Action) -> Action:
        def once(handler: DynamoHandler) -> ActionResult:
            token, items = handler.body.get("ClientRequestToken"), handler.body["TransactItems"]
            if self.completed.seen(token, items):
                _count_replay(handler, self.call)
                return ActionResult({})
            result = action(handler)
            self.completed.remember(token, items)
            return result

        return once


SINGLE = {"put_item", "update_item", "delete_item", "get_item", "query", "scan"}

PUT_PARAMETERS = (
    "Expected",
    "ConditionExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "overwrite",
    "ReturnValuesOnConditionCheckFailure",
)
UPDATE_PARAMETERS = (
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "AttributeUpdates",
    "Expected",
    "ConditionExpression",
    "ReturnValuesOnConditionCheckFailure",
)
DELETE_PARAMETERS = (
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "ConditionExpression",
    "ReturnValuesOnConditionCheckFailure",
)


def _operation(names: tuple[str, ...], args: tuple[Any, ...], keywords: dict[str, Any]) -> dict[str, Any]:
    """moto's positional arguments and snake_case keywords under DynamoDB's own names."""
    operation = dict(zip(names, args, strict=False))
    for keyword, value in keywords.items():
        operation["".join(part.title() for part in keyword.split("_"))] = value
    return operation


def _stored(item: Item | None) -> Item:
    assert item is not None
    return item


def _report(result: ActionResult, detail: str, call: Call, single: bool) -> None:
    body: dict[str, Any] = result.result  # type: ignore[assignment]
    body.pop("ConsumedCapacity", None)
    body.pop("ConsumedCapacityUnits", None)
    if detail in {"TOTAL", "INDEXES"}:
        consumed = call.consumed_capacity(detail)
        body["ConsumedCapacity"] = consumed[0] if single else consumed


def _table(handler: DynamoHandler, name: str) -> IndexedTable:
    table = handler.dynamodb_backend.get_table(name)
    assert isinstance(table, IndexedTable)
    return table


def _count_get(handler: DynamoHandler, call: Call) -> None:
    body = handler.body
    _count_read(call, _table(handler, body["TableName"]), body["Key"], read_factor(body))


def _count_batch_get(handler: DynamoHandler, call: Call) -> None:
    for name, request in handler.body["RequestItems"].items():
        for key in request["Keys"]:
            _count_read(call, _table(handler, name), key, read_factor(request))


def _count_page(handler: DynamoHandler, call: Call) -> None:
    body = handler.body
    table = _table(handler, body["TableName"])
    units = call.on(table.name)
    target = units.index(body["IndexName"]) if body.get("IndexName") else units.items
    target.read += read_units(table.bytes_read, consistent=True) * read_factor(body)


def _count_transact_get(handler: DynamoHandler, call: Call) -> None:
    for item in handler.body["TransactItems"]:
        _count_read(call, _table(handler, item["Get"]["TableName"]), item["Get"]["Key"], 2)


def _count_replay(handler: DynamoHandler, call: Call) -> None:
    """A replayed transaction is answered by reading its items, and costs that."""
    for item in handler.body["TransactItems"]:
        (operation,) = item.values()
        table = _table(handler, operation["TableName"])
        key = operation.get("Key") or {name: operation["Item"][name] for name in table.table_key_attrs}
        _count_read(call, table, key, 2)


def _count_read(call: Call, table: IndexedTable, key: dict[str, Any], factor: float) -> None:
    call.on(table.name).items.read += read_units(item_size(table.current(key)), consistent=True) * factor


def read_factor(request: dict[str, Any]) -> float:
    return 1 if request.get("ConsistentRead") else 0.5


# Writes are counted where they are decided, reads by what was asked for.
COUNTED: dict[str, Callable[[DynamoHandler, Call], None] | None] = {
    "put_item": None,
    "update_item": None,
    "delete_item": None,
    "batch_write_item": None,
    "transact_write_items": None,
    "get_item": _count_get,
    "batch_get_item": _count_batch_get,
    "query": _count_page,
    "scan": _count_page,
    "transact_get_items": _count_transact_get,
}
