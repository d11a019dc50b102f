"""A tenant's ledger over a table in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from batua import clock, ids
from batua.audit.verify import verify_scope
from batua.ledger.decisions import tenant_money
from batua.ledger.decisions.tenant_money import FundsDecision, FundsState, TenantWallet
from batua.ledger.model import Origin
from batua.ledger.posting.request import PostingRequest
from batua.ledger.posting.tenant_money import TenantLedger, funds_request
from batua.ledger.queries.money_entries import load_balances
from batua.store import keys
from batua.store.store import Store
from batua.store.writes import Condition, Update
from tests.fakes.dynamodb import FakeDynamoDB, Wire
from tests.fakes.faults import Fault, FaultyClient

SHOP, MILL = ids.derived_id("ten", "shop"), ids.derived_id("ten", "mill")
MONEY, GRAIN = tenant_money.tenant_wallet("live", SHOP), tenant_money.tenant_wallet("live", MILL)
NOW = clock.parse_iso("2026-11-21T20:30:00.000Z")
NOTE = keys.Key("directory", "REQUEST", "r")


Decide = Callable[[FundsState], FundsDecision]


class Client(FaultyClient):
    """Keeps what it was asked, and can leave out what stood where a condition failed, as DynamoDB may."""

    def __init__(self) -> None:
        super().__init__(FakeDynamoDB())
        self.asked: list[tuple[str, Wire]] = []
        self.silent = False

    def _call(self, name: str, call: Callable[..., Wire], request: Wire) -> Wire:
        self.asked.append((name, request))
        if self.silent and name == "transact_write_items":
            for write in request["TransactItems"]:
                for body in write.values():
                    body.pop("ReturnValuesOnConditionCheckFailure")
        return super()._call(name, call, request)


class Office:
    """One tenant's treasury over a fake table."""

    def __init__(self, *plan: Fault) -> None:
        self.client = Client()
        self.store = Store(self.client, "ledger", "directory", sleep=lambda seconds: None)
        self.tenant_ledger = TenantLedger(self.store, "Asia/Kolkata", NOW)
        self.client.plan = iter(plan)

    def post(self, key: str, decide: Decide, operation: str = "move", **more: Any) -> Any:
        return self.tenant_ledger.post(order(key, operation), decide, **more)

    def credit(self, amount: int, wallet: TenantWallet = MONEY) -> str:
        return str(
            self.post(f"credit {amount}", lambda known: tenant_money.decide_credit(known, wallet, amount, NOW)).id
        )

    def free(self, wallet: TenantWallet = MONEY) -> int:
        return load_balances(self.store, wallet)[wallet.id].free

    def sound(self) -> bool:
        return all(verify_scope(self.store, wallet.scope).findings == [] for wallet in (MONEY, GRAIN))


def order(key: str, operation: str = "move", **content: Any) -> PostingRequest:
    return funds_request(operation, "live", SHOP, Origin("usr", "::1", SHOP), key, content)


def debiting(amount: int) -> Decide:
    return lambda known: tenant_money.decide_debit(known, MONEY, amount, NOW)


@pytest.fixture
def office() -> Office:
    made = Office()
    made.credit(100)
    return made


# What goes beside


def approving(state: str = "open") -> Update:
    return Update(NOTE, set={"st": "approved"}, when=Condition(equal={"st": state}))
