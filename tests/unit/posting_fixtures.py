"""A counter that posts to a store of its own, and requests to post."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from batua import clock, ids
from batua.ledger.decisions import customer_coins
from batua.ledger.model import CoinDecision, MirPolicy, Origin, Program, Wallet
from batua.ledger.posting.customer_coins import PostingService
from batua.ledger.posting.request import PostingRequest, PostingState
from batua.ledger.posting.shard_scaling import shard_of
from batua.ledger.queries import coin_entries
from batua.ledger.records.customer_coins import Entry, read_entry, read_wallet
from batua.store import keys
from batua.store.store import Store
from tests.fakes.dynamodb import FakeDynamoDB
from tests.fakes.faults import Fault, FaultyClient

OWNER, SHOP, BAKERY = (ids.derived_id("ten", name) for name in ("owner", "shop", "bakery"))
SCOPE = keys.scope("live", OWNER)
PROGRAM = Program("prg", OWNER, "p", "network", "Asia/Kolkata", mir=MirPolicy(300, 500, 30))
WALLET = Wallet(ids.derived_id("wal", "a"), ids.derived_id("cust", "a"))
NOW = clock.parse_iso("2026-11-21T09:30:00Z")


class Counter:
    """A merchant's counter over a fake table."""

    def __init__(self, *plan: Fault, shards: int = 1, program: Program = PROGRAM) -> None:
        self.client = FaultyClient(FakeDynamoDB())
        self.client.plan = iter(plan)
        self.store = Store(self.client, "ledger", "directory", sleep=lambda _: None)
        self.program = program
        self.desk = PostingService(self.store, program, shards)

    def wallet(self, wallet: Wallet = WALLET) -> Wallet:
        key = keys.wallet_key(SCOPE, wallet.id)
        record = self.store.read([key])[key]
        return read_wallet(record) if record else wallet

    def issue(self, key: str | None, coins: int, *, merchant: str = SHOP, wallet: Wallet = WALLET) -> Entry:
        return self.move(order("issue", key, merchant, coins=coins), self.issuing(coins, merchant), wallet)

    def redeem(self, key: str | None, coins: int, *, merchant: str = SHOP, wallet: Wallet = WALLET) -> Entry:
        return self.move(order("redeem", key, merchant, coins=coins), self.redeeming(coins, merchant), wallet)

    def move(
        self,
        order: PostingRequest,
        decided: Callable[[PostingState], CoinDecision],
        wallet: Wallet = WALLET,
        **more: Any,
    ) -> Entry:
        return self.desk.post(order, PostingState(self.wallet(wallet), NOW, **more), decided).entry

    def issuing(self, coins: int, merchant: str = SHOP) -> Callable[[PostingState], CoinDecision]:
        joined = customer_coins.Merchant(merchant, 0)
        return lambda s: customer_coins.decide_issue(
            s.wallet, self.program, joined, s.now, coins=coins, bill=None, shard=s.shard
        )

    def redeeming(self, coins: int, merchant: str = SHOP) -> Callable[[PostingState], CoinDecision]:
        joined = customer_coins.Merchant(merchant, 0)
        return lambda s: customer_coins.decide_redemption(
            s.wallet, self.program, joined, s.now, coins=coins, shard=s.shard, shards=s.shards
        )

    def reverse(self, key: str, id: str, by: str = SHOP) -> Entry:
        record, undone = coin_entries.find_transaction(self.store, SCOPE, id)
        assert record is not None
        original = coin_entries.original_from(read_entry(record), undone)
        return self.move(
            order("reverse", key, by, id=id),
            lambda s: customer_coins.decide_reversal(s.wallet, self.program, s.original or original, s.now),
            original=original,
        )

    def calls(self) -> list[str]:
        made = list(self.client.inner.calls)
        self.client.inner.calls.clear()
        return made

    def months(self, merchant: str) -> tuple[int, int]:
        (month,) = coin_entries.month_totals(self.store, SCOPE, merchant, [202611], self.desk.shard_count)
        return month.issued, month.redeemed


def order(operation: str, key: str | None, merchant: str = SHOP, **content: Any) -> PostingRequest:
    return PostingRequest(
        operation, "live", SCOPE, Origin("key_1", "203.0.113.7", merchant, reference="INV-1"), key, content
    )


def key_on(shard: int, operation: str, count: int = 3) -> str:
    """An idempotency key whose transaction tries this shard first."""
    return next(k for k in map(str, range(1000)) if shard_of(order(operation, k).id, count) == shard)
