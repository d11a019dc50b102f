"""A table of totals, and entries of both books to count."""

from __future__ import annotations

from typing import Any

import pytest

from batua import clock, ids
from batua.ledger.decisions import tenant_money
from batua.ledger.decisions.tenant_money import FundsPosting
from batua.ledger.model import Origin
from batua.ledger.records.tenant_money import posting_items
from batua.store import keys
from batua.store.codec import encode
from batua.store.keys import Key
from batua.store.store import Store
from batua.store.writes import Put
from tests.fakes.dynamodb import FakeDynamoDB, Wire

OWNER, SHOP = ids.derived_id("ten", "owner"), ids.derived_id("ten", "shop")
SCOPE, BOOKS = keys.scope("test", OWNER), keys.scope("test", SHOP)
MONEY = tenant_money.tenant_wallet("test", SHOP)
NOW = clock.parse_iso("2026-11-21T23:30:00.000Z")
ID = ids.derived_id("txn", "one")


class Spy(FakeDynamoDB):
    """Keeps what it was asked."""

    def __init__(self, page: int = 1000) -> None:
        super().__init__(page)
        self.committed: list[list[Wire]] = []
        self.updated: list[Wire] = []
        self.queried: list[Wire] = []

    def transact_write_items(self, TransactItems: list[Wire], ClientRequestToken: str) -> Wire:  # noqa: N803
        self.committed.append(TransactItems)
        return super().transact_write_items(TransactItems, ClientRequestToken)

    def update_item(self, **request: Any) -> Wire:
        self.updated.append(request)
        return super().update_item(**request)

    def query(self, **request: Any) -> Wire:
        self.queried.append(request)
        return super().query(**request)


@pytest.fixture
def table() -> Spy:
    return Spy()


@pytest.fixture
def store(table: Spy) -> Store:
    return Store(table, "ledger", "directory", sleep=lambda seconds: None)


def coins(kind: str, *, at: int = NOW, name: str = "one", **more: Any) -> dict[str, Any]:
    """A coin entry, as far as totals look at it. The tenant's day is a day on from that of UTC."""
    key = keys.transaction_key(SCOPE, ids.derived_id("txn", name))
    place = {"g2p": keys.activity_partition(SCOPE, SHOP), "g2s": f"{clock.iso(at)}#{name}"}
    entry = {"kind": kind, "asset": "prg_1", "amt": 7, "day": 20261122, **place}
    return {"pk": key.pk, "sk": key.sk, **entry, **more}


def lines(posting: Any) -> list[dict[str, Any]]:
    assert isinstance(posting, FundsPosting)
    made = posting_items(ID, posting, Origin("usr", "::1", SHOP), b"print", 20261122)
    return [{"pk": key.pk, "sk": key.sk, **item} for key, item in made]


def batch(*records: dict[str, Any]) -> dict[str, Any]:
    return {
        "Records": [
            {"eventName": "INSERT", "dynamodb": {"NewImage": encode(record), "SequenceNumber": str(number)}}
            for number, record in enumerate(records)
        ]
    }


def total(day: int, asset: str, kind: str, status: str) -> Key:
    return Key("directory", f"TOTALS#{BOOKS}", f"{day}#{asset}#{kind}#{status}")


# How far they are complete


def put(store: Store, *records: dict[str, Any]) -> None:
    for record in records:
        item = {name: value for name, value in record.items() if name not in ("pk", "sk")}
        store.write(Put(Key("ledger", record["pk"], record["sk"]), item))
