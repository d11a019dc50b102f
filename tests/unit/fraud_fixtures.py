"""Issues and redemptions as the fraud rules see them."""

from __future__ import annotations

from typing import Any

import pytest

from batua import clock, ids
from batua.events.event import Event, sequence_number
from batua.fraud import watch as watching
from batua.fraud.model import FraudFlag, read_flag
from batua.fraud.rules import (
    OUTLIERS,
    WINDOW_MINUTE_MS,
    WatchedMovement,
    read_movement,
)
from batua.store import fraud_keys
from batua.store.store import Store
from tests.fakes.dynamodb import FakeDynamoDB

BILL, COINS = OUTLIERS
BEGIN = clock.parse_iso("2026-11-02T06:00:00Z")
TENANT, PROGRAM = ids.derived_id("ten", "t"), ids.derived_id("prg", "p")
CASHIER, WALLET, CUSTOMER = ids.derived_id("usr", "u"), ids.derived_id("wal", "w"), ids.derived_id("cust", "c")


def event_at(n: int, at: int, type: str = "coins.redeemed", tenant: str = TENANT, **data: Any) -> Event:
    """The event of the nth movement."""
    content = {
        "transaction_id": ids.derived_id("txn", str(n)),
        "wallet_id": WALLET,
        "customer_id": CUSTOMER,
        "program_id": PROGRAM,
        "coins": "10",
        "bill_amount": None,
        "rule_id": None,
        "by": "key_01J9ZQ6W3V8Y5T2R7N4K1M0PXB",
        **data,
    }
    id = ids.dated_id("evt", at, str(n), tenant)
    return Event(id, type, 1, at, tenant, "live", WALLET, sequence_number(n), content)


def issued(n: int, bill: str | None, **data: Any) -> Event:
    """To a customer of its own: by a rule on a bill, or as many coins as somebody named."""
    customer, rule = ids.derived_id("cust", str(n)), ids.derived_id("rule", "r") if bill else None
    fields = {"bill_amount": bill, "customer_id": customer, "rule_id": rule, **data}
    return event_at(n, BEGIN + n * WINDOW_MINUTE_MS, "coins.issued", **fields)


@pytest.fixture
def store() -> Store:
    return a_store()


def a_store() -> Store:
    return Store(FakeDynamoDB(), "ledger", "directory", sleep=lambda seconds: None)


def watch(store: Store, *events: Event) -> None:
    for event in events:
        watching.check_movement(store, event, event.created_at + 500)


def flags(store: Store, tenant: str = TENANT) -> list[FraudFlag]:
    return [read_flag(record) for record in store.query_all("directory", fraud_keys.flags_partition("live", tenant))]


def rapid(count: int, every: int = WINDOW_MINUTE_MS, begin: int = BEGIN, first: int = 0) -> list[Event]:
    return [event_at(first + n, begin + n * every) for n in range(count)]


def at(n: int, instant: int) -> WatchedMovement:
    movement = read_movement(event_at(n, instant))
    assert movement is not None
    return movement
