"""A counter over a table in memory whose replies can be lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from batua import clock, ids
from batua.ledger.decisions import customer_coins
from batua.ledger.model import CoinDecision, Origin, Program, Wallet
from batua.ledger.posting.customer_coins import PostingService
from batua.ledger.posting.request import PostingRequest, PostingState
from batua.ledger.records.customer_coins import read_hold, read_wallet
from batua.store import keys
from batua.store.store import Record, Store
from tests.fakes.dynamodb import FakeDynamoDB, Wire
from tests.fakes.faults import FaultyClient

OWNER, SHOP = ids.derived_id("ten", "owner"), ids.derived_id("ten", "shop")
SCOPE = keys.scope("live", OWNER)
NOW = clock.parse_iso("2026-11-21T09:30:00.000Z")
SOURCE = Origin("key_1", "203.0.113.7", SHOP, reference="INV-1")


# A desk over a fake table

PROGRAM = Program("prg", OWNER, "p", "closed", "Asia/Kolkata", expiry_months=1)
WALLET = Wallet(ids.derived_id("wal", "a"), ids.derived_id("cust", "a"))
HOLD = ids.derived_id("hold", "one")
MERCHANT = customer_coins.Merchant(SHOP, 0)


class Client(FaultyClient):
    """Leaves out what stood where a condition failed, if told to: DynamoDB need not hand it over."""

    silent = False

    def _call(self, name: str, call: Callable[..., Wire], request: Wire) -> Wire:
        if self.silent and name == "transact_write_items":
            for write in request["TransactItems"]:
                for body in write.values():
                    body.pop("ReturnValuesOnConditionCheckFailure")
        return super()._call(name, call, request)


class Counter:
    def __init__(self) -> None:
        self.client = Client(FakeDynamoDB())
        self.store = Store(self.client, "ledger", "directory", sleep=lambda _: None)
        self.desk = PostingService(self.store, PROGRAM)

    def post(self, key: str, decided: Callable[[PostingState], CoinDecision], **known: Any) -> Any:
        order = PostingRequest("move", "live", SCOPE, SOURCE, key, {})
        return self.desk.post(order, PostingState(**{"wallet": self.wallet(), "now": NOW, **known}), decided)

    def issue(self, key: str = "i", coins: int = 50, **known: Any) -> Any:
        return self.post(
            key,
            lambda s: customer_coins.decide_issue(s.wallet, PROGRAM, MERCHANT, s.now, coins=coins, bill=None),
            **known,
        )

    def hold(self) -> Any:
        self.post(
            "h",
            lambda s: customer_coins.decide_hold(
                s.wallet, PROGRAM, MERCHANT, s.now, id=HOLD, coins=20, expires_at=NOW + 9
            ),
        )
        return read_hold(self.item(keys.hold_key(SCOPE, HOLD)))

    def tries(self) -> int:
        return self.client.inner.calls.count("TransactWriteItems")

    def item(self, key: keys.Key) -> Record:
        return self.store.read([key])[key] or {}

    def wallet(self) -> Wallet:
        stands = self.item(keys.wallet_key(SCOPE, WALLET.id))
        return read_wallet(stands) if stands else WALLET


@pytest.fixture
def counter() -> Counter:
    return Counter()


def undoing(coins: int | None = None) -> Callable[[PostingState], CoinDecision]:
    def decided(state: PostingState) -> CoinDecision:
        assert state.original is not None
        return customer_coins.decide_reversal(state.wallet, PROGRAM, state.original, state.now, coins=coins)

    return decided
