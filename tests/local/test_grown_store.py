"""The large store of `make one-machine`: what was copied is found by the engine as if it had been posted."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

from batua import ids
from benchmarks.grown_store import grow
from local.aws.database import Database
from local.aws.dynamodb import DynamoDb
from local.aws.meter import Meter

TABLE = {
    "TableName": "ledger",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "g1p", "g1s")],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "statement",
            "KeySchema": [{"AttributeName": "g1p", "KeyType": "HASH"}, {"AttributeName": "g1s", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}
SCOPE, CUSTOMERS, ENTRIES = "L#ten_owner", 3, 4


def opened(file: Path) -> tuple[Database, DynamoDb]:
    database = Database(file)
    return database, DynamoDb(database, Meter())


def put(engine: DynamoDb, **item: str) -> None:
    engine("PutItem", {"TableName": "ledger", "Item": {name: {"S": text} for name, text in item.items()}})


def planted(file: Path) -> None:
    database, engine = opened(file)
    engine("CreateTable", TABLE)
    for number in range(CUSTOMERS):
        wallet, customer = ids.derived_id("wal", str(number)), ids.derived_id("cust", str(number))
        put(engine, pk=f"{SCOPE}#W#{wallet}", sk="BAL", cust=customer)
        put(engine, pk=f"{SCOPE}#C#{customer}", sk="CUSTOMER")
        for seq in range(ENTRIES):
            entry = ids.derived_id("txn", f"{number}/{seq}")
            put(engine, pk=f"{SCOPE}#K#{entry}", sk="TX", wal=wallet, g1p=f"{SCOPE}#W#{wallet}", g1s=f"{seq:06d}")
    put(engine, pk="TENANT#ten_owner", sk="TENANT")
    database.close()


def statement(engine: DynamoDb, wallet: str) -> list[Any]:
    return list(
        engine(
            "Query",
            {
                "TableName": "ledger",
                "IndexName": "statement",
                "KeyConditionExpression": "g1p = :wallet",
                "ExpressionAttributeValues": {":wallet": {"S": f"{SCOPE}#W#{wallet}"}},
            },
        )["Items"]
    )


def test_every_copied_customer_has_a_wallet_a_record_and_a_statement_of_its_own(tmp_path: Path) -> None:
    planted(tmp_path / "store.sqlite")
    with contextlib.closing(sqlite3.connect(tmp_path / "store.sqlite", isolation_level=None)) as connection:
        assert grow(connection, 100) == {"customers": 100, "entries": 100 * ENTRIES}
    database, engine = opened(tmp_path / "store.sqlite")
    try:
        items = engine("Scan", {"TableName": "ledger"})["Items"]
        wallets = [item["pk"]["S"].rpartition("#")[2] for item in items if item["sk"]["S"] == "BAL"]
        assert len(set(wallets)) == 100
        assert sum(item["sk"]["S"] == "CUSTOMER" for item in items) == 100
        assert sum(item["sk"]["S"] == "TENANT" for item in items) == 1, "what belongs to no customer is not copied"
        entries = {entry["pk"]["S"] for wallet in wallets for entry in statement(engine, wallet)}
        assert len(entries) == 100 * ENTRIES
        assert all(len(statement(engine, wallet)) == ENTRIES for wallet in wallets)
    finally:
        database.close()
