"""A merchant's month and its shards."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from batua import ids
from batua.audit.verify import verify_scope
from batua.ledger.decisions import customer_coins
from batua.ledger.errors import PostingRefused
from batua.ledger.model import Refusal, Wallet
from batua.ledger.posting.shard_scaling import shard_of
from batua.ledger.queries import coin_entries
from batua.ledger.records.customer_coins import Entry, read_entry
from batua.store import keys
from batua.store.codec import decode
from batua.store.store import Store
from tests.fakes.faults import Fault
from tests.unit.posting_fixtures import BAKERY, NOW, SCOPE, SHOP, WALLET, Counter, order

MONTH = 202611
NUMBERS = itertools.count(1)
"""Makes each key of `Shop.on` another one, also where a short-lived shop writes to the store of an earlier one."""


OTHERS = Wallet(ids.derived_id("wal", "b"), ids.derived_id("cust", "b"))


class Shop(Counter):
    """A counter with customers who have coins of another merchant, and a number of shards that may change."""

    def __init__(self, *plan: Fault, shards: int = 1, beside: Shop | None = None) -> None:
        super().__init__(*plan, shards=shards)
        self.now = NOW
        if beside:
            self.client.inner = beside.client.inner
            self.desk = replace(beside.desk, store=self.store, shard_count=shards)
        else:
            for wallet in (WALLET, OTHERS):
                self.issue(f"gift {wallet.id}", 100_000, merchant=BAKERY, wallet=wallet)

    def cell(self, shard: int) -> dict[str, Any]:
        key = keys.month_key(SCOPE, SHOP, shard, MONTH)
        return decode(self.client.inner.items.get(("ledger", key.pk, key.sk), {}))

    def room(self) -> list[int]:
        return [self.cell(shard).get("room", 0) for shard in range(self.cell(0).get("reach", 1))]

    def on(self, shard: int, operation: str, coins: int, wallet: Wallet = WALLET) -> Entry:
        """A request that tries this shard first."""
        count = self.desk.shard_count
        while True:
            key = f"{operation} {next(NUMBERS)}"
            if shard_of(order(operation, key).id, count) == shard:
                break
        return (self.issue if operation == "issue" else self.redeem)(key, coins, wallet=wallet)

    def undo(self, entry: Entry) -> Entry:
        """The same by a request that meets the faults of the plan at its writes alone."""
        record, undone = coin_entries.find_transaction(Store(self.client.inner, "ledger", "directory"), SCOPE, entry.id)
        assert record is not None
        original = coin_entries.original_from(read_entry(record), undone)
        decided = lambda s: customer_coins.decide_reversal(s.wallet, self.program, s.original or original, s.now)  # noqa: E731
        wallet = next(wallet for wallet in (WALLET, OTHERS) if wallet.id == entry.wallet)
        return self.move(order("reverse", f"undo {entry.id}"), decided, wallet, original=original)


def refusal_of(request: Callable[[], Any]) -> Refusal:
    with pytest.raises(PostingRefused) as refused:
        request()
    return refused.value.refusal


def clean(shop: Shop) -> bool:
    return verify_scope(Store(shop.client.inner, "ledger", "directory"), SCOPE).findings == []
