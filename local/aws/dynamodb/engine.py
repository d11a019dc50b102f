"""DynamoDB's operations: a request's members in, an answer's members out, capacity counted on the way."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from local.aws.database import Database
from local.aws.meter import Call, Meter
from local.model import ACCOUNT, REGION

from . import reads, writes
from .errors import DynamoDbError, ValidationError, table_missing
from .tables import Row, Table, read_units
from .tokens import CompletedTransactions

Request = dict[str, Any]
Answer = dict[str, Any]
Listener = Callable[[tuple[str, str], Row | None, Row | None], None]

BATCH_WRITE_LIMIT = 25
STREAM_LABEL = "2024-01-01T00:00:00.000"


class DynamoDb:
    """Serves botocore's DynamoDB clients. `meter` is told of every call, also of those that are refused."""

    def __init__(self, database: Database, meter: Meter) -> None:
        self._database = database
        self._meter = meter
        self._completed = CompletedTransactions()
        self._listeners: dict[str, list[Listener]] = {}
        self._tables: dict[str, Table] = {}
        self._operations: dict[str, Callable[[Request, Call], Answer]] = {
            "PutItem": lambda request, call: self._write("Put", request, call),
            "UpdateItem": lambda request, call: self._write("Update", request, call),
            "DeleteItem": lambda request, call: self._write("Delete", request, call),
            "GetItem": self._get,
            "BatchGetItem": self._batch_get,
            "BatchWriteItem": self._batch_write,
            "TransactWriteItems": self._transact_write,
            "TransactGetItems": self._transact_get,
            "Query": lambda request, call: reads.query(self.table(request["TableName"]), request, call),
            "Scan": lambda request, call: reads.scan(self.table(request["TableName"]), request, call),
        }
        self._control: dict[str, Callable[[Request], Answer]] = {
            "CreateTable": self._create,
            "DeleteTable": self._delete_table,
            "DescribeTable": lambda request: {"Table": self._described(self.table(request["TableName"]))},
            "ListTables": lambda _: {"TableNames": sorted(self._tables)},
            "UpdateTimeToLive": self._set_ttl,
            "DescribeTimeToLive": self._describe_ttl,
        }
        database.execute(
            "CREATE TABLE IF NOT EXISTS tables (name TEXT PRIMARY KEY, number INTEGER UNIQUE, "
            "definition TEXT NOT NULL, created REAL NOT NULL, ttl TEXT)"
        )
        for name, number, definition, created, ttl in database.rows("SELECT * FROM tables"):
            self._tables[name] = Table(name, number, json.loads(definition), database, created, ttl)

    def __call__(self, operation: str, request: Request) -> Answer:
        """Raises `DynamoDbError`."""
        if control := self._control.get(operation):
            with self._database.transaction():
                return control(request)
        act = self._operations.get(operation)
        if act is None:
            raise DynamoDbError("UnknownOperationException", f"{operation} is not served on this machine")
        call = Call(operation)
        try:
            answer = act(request, call)
        finally:
            self._meter.ended(call)
        detail = request.get("ReturnConsumedCapacity", "NONE")
        if detail in ("TOTAL", "INDEXES"):
            consumed = call.consumed_capacity(detail)
            single = "TableName" in request
            answer["ConsumedCapacity"] = consumed[0] if single else consumed
        return answer

    def table(self, name: str) -> Table:
        name = name.rsplit("/", 1)[-1] if name.startswith("arn:") else name
        if name not in self._tables:
            raise table_missing(name)
        return self._tables[name]

    def listen(self, table: str, listener: Listener) -> None:
        """Has `listener(key, before, after)` called with each change of an item, inside its transaction."""
        self._listeners.setdefault(table, []).append(listener)

    def expire(self, now: float) -> int:
        """Deletes items whose time to live has passed by more than an hour. Returns how many."""
        gone = 0
        for table in self._tables.values():
            for key in table.expired(int(now) - 3_600) if table.ttl else ():
                with self._database.transaction():
                    row = table.read(key)
                    if row:
                        table.store(key, row, None)
                        self._changed(table, key, row, None)
                        gone += 1
        return gone

    def _changed(self, table: Table, key: tuple[str, str], before: Row | None, after: Row | None) -> None:
        for listener in self._listeners.get(table.name, ()):
            listener(key, before, after)

    # Items

    def _write(self, kind: str, request: Request, call: Call) -> Answer:
        table = self.table(request["TableName"])
        wanted = request.get("ReturnValues", "NONE")
        if kind != "Update" and wanted not in ("NONE", "ALL_OLD"):
            raise ValidationError(f"Return values set to invalid value: {wanted}")
        written = writes.write_one(table, kind, request, call, self._changed)
        if wanted == "NONE":
            return {}
        row = written.before if wanted.endswith("_OLD") else written.after
        if row is None:
            return {}
        item = writes.returned(row)
        if wanted.startswith("UPDATED"):
            from .expressions import parse_update
            from .updates import touched

            names = touched(parse_update(request["UpdateExpression"]), reads.context_of(request))
            item = {name: value for name, value in item.items() if name in names}
        return {"Attributes": item} if item else {}

    def _get(self, request: Request, call: Call) -> Answer:
        item = reads.get(self.table(request["TableName"]), request, call)
        return {} if item is None else {"Item": item}

    def _batch_get(self, request: Request, call: Call) -> Answer:
        found, left = reads.batch_get(self.table, request, call)
        return {"Responses": found, "UnprocessedKeys": left}

    def _batch_write(self, request: Request, call: Call) -> Answer:
        operations = [(name, each) for name, requests in request["RequestItems"].items() for each in requests]
        if not 1 <= len(operations) <= BATCH_WRITE_LIMIT:
            raise ValidationError("Too many items requested for the BatchWriteItem call")
        targets = set()
        prepared: list[tuple[Table, str, Request]] = []
        for name, each in operations:
            ((kind, content),) = each.items()
            table, kind = self.table(name), kind.removesuffix("Request")
            key = table.key_of(content["Item"], exactly=False) if kind == "Put" else table.key_of(content["Key"])
            if (name, *key) in targets:
                raise ValidationError("Provided list of item keys contains duplicates")
            targets.add((name, *key))
            prepared.append((table, kind, content))
        for table, kind, content in prepared:
            writes.write_one(table, kind, content, call, self._changed)
        return {"UnprocessedItems": {}}

    def _transact_write(self, request: Request, call: Call) -> Answer:
        token, items = request.get("ClientRequestToken"), request["TransactItems"]
        with self._database.lock:
            if self._completed.seen(token, items):
                for item in items:
                    ((kind, each),) = item.items()
                    table = self.table(each["TableName"])
                    row = writes.as_it_is(table, kind, each).before
                    call.on(table.name).items.read += 2 * read_units(row.size if row else 0)
                return {}
            writes.transact(self.table, items, call, self._changed)
            self._completed.remember(token, items)
        return {}

    def _transact_get(self, request: Request, call: Call) -> Answer:
        with self._database.snapshot():
            found = reads.transact_get(self.table, request, call)
        return {"Responses": [{} if item is None else {"Item": item} for item in found]}

    # Tables

    def _create(self, request: Request) -> Answer:
        name = request["TableName"]
        if name in self._tables:
            raise DynamoDbError("ResourceInUseException", f"Table already exists: {name}")
        number = max((table.number for table in self._tables.values()), default=0) + 1
        table = Table(name, number, request, self._database, time.time())
        table.create()
        values = (name, number, json.dumps(request), table.created, None)
        self._database.execute("INSERT INTO tables VALUES (?, ?, ?, ?, ?)", values)
        self._tables[name] = table
        return {"TableDescription": self._described(table)}

    def _delete_table(self, request: Request) -> Answer:
        table = self.table(request["TableName"])
        table.drop()
        self._database.execute("DELETE FROM tables WHERE name = ?", (table.name,))
        del self._tables[table.name]
        return {"TableDescription": {**self._described(table, there=False), "TableStatus": "DELETING"}}

    def _described(self, table: Table, *, there: bool = True) -> Answer:
        arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table.name}"
        described: Answer = {
            "TableName": table.name,
            "TableArn": arn,
            "TableStatus": "ACTIVE",
            "KeySchema": table.definition["KeySchema"],
            "AttributeDefinitions": table.definition["AttributeDefinitions"],
            "ItemCount": table.roughly() if there else 0,
            "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
        }
        for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
            if table.definition.get(kind):
                described[kind] = [
                    {**index, "IndexStatus": "ACTIVE", "IndexArn": f"{arn}/index/{index['IndexName']}"}
                    for index in table.definition[kind]
                ]
        if (table.definition.get("StreamSpecification") or {}).get("StreamEnabled"):
            described["StreamSpecification"] = table.definition["StreamSpecification"]
            described |= {"LatestStreamLabel": STREAM_LABEL, "LatestStreamArn": f"{arn}/stream/{STREAM_LABEL}"}
        return described

    def _set_ttl(self, request: Request) -> Answer:
        table, wanted = self.table(request["TableName"]), request["TimeToLiveSpecification"]
        table.ttl = wanted["AttributeName"] if wanted["Enabled"] else None
        self._database.execute("UPDATE tables SET ttl = ? WHERE name = ?", (table.ttl, table.name))
        return {"TimeToLiveSpecification": wanted}

    def _describe_ttl(self, request: Request) -> Answer:
        ttl = self.table(request["TableName"]).ttl
        status = {"TimeToLiveStatus": "ENABLED", "AttributeName": ttl} if ttl else {"TimeToLiveStatus": "DISABLED"}
        return {"TimeToLiveDescription": status}
