"""A merchant's month as the choice of shards sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from batua import ids
from batua.ledger.model import Shard
from batua.ledger.posting.shards import (
    MonthLocation,
    read_shard,
)
from batua.store import keys
from batua.store.store import Cancelled, Contended, Reason, Store
from batua.store.writes import Put, Update, Write
from tests.fakes.dynamodb import FakeDynamoDB

SCOPE, SHOP = keys.scope("live", ids.derived_id("ten", "owner")), ids.derived_id("ten", "shop")
MONTH = MonthLocation.of(keys.month_key(SCOPE, SHOP, 0, 202611))
SHUT = Shard(open=False)


class Books(Store):
    """One month in a fake table, which keeps what it is given to write and may say no."""

    def __init__(self, *shards: Shard) -> None:
        self.client = FakeDynamoDB()
        super().__init__(self.client, "ledger", "directory", sleep=lambda seconds: None)
        self.commits: list[list[Write]] = []
        self.callers: list[str] = []
        self.refusal: Exception | None = None
        self.before: Callable[[], None] = lambda: None
        for number, shard in enumerate(shards):
            figures: dict[str, Any] = {"room": shard.room, "room_new": shard.room_new, "raised": shard.raised}
            turn = {"turn": shard.epoch, "reach": shard.shard_count} if not number and shard.epoch else {}
            Store.write(self, Put(MONTH.key(number), {**figures, **turn, **({"open": True} if shard.open else {})}))
        self.client.calls.clear()

    def commit(self, writes: Sequence[Write], *, caller: str = "") -> None:
        self.commits.append(list(writes))
        self.callers.append(caller)
        if self.refusal:
            raise self.refusal
        super().commit(writes, caller=caller)

    def write(self, write: Put | Update, *, return_old_on_failure: bool = True) -> None:
        self.before()
        super().write(write, return_old_on_failure=return_old_on_failure)

    def shard(self, number: int) -> Shard:
        key = MONTH.key(number)
        return read_shard(self.read([key])[key], number)


REFUSALS = [Cancelled([Reason("ConditionalCheckFailed", None)]), Contended("others are at it")]
