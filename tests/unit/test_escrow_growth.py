"""How the number of a month's shards follows contention."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from batua.ledger.posting.customer_coins import PostingService
from batua.ledger.posting.shard_scaling import KEEP_MS, QUIET_MS, ContentionTracker, ShardScaling
from batua.store import keys
from batua.store.codec import decode
from batua.store.writes import Put
from tests.fakes.faults import Fault
from tests.unit.posting_fixtures import NOW, SHOP, order
from tests.unit.shards_fixtures import Shop, clean, refusal_of

# Growing and folding


class Growing(Shop):
    def __init__(self, *plan: Fault, spread: ShardScaling, beside: Shop | None = None) -> None:
        super().__init__(*plan, shards=spread.count, beside=beside)
        at = {"spread_at": spread.at} if spread.at else {}
        self.store.write(Put(keys.tenant_key(SHOP), {"shards": spread.count, **at}))
        self.desk = replace(self.desk, scaling=spread, tracker=ContentionTracker())

    @property
    def tenant(self) -> dict[str, Any]:
        return decode(self.client.inner.items["directory", *keys.tenant_key(SHOP)[1:]])


def test_a_request_that_keeps_meeting_others_at_its_shard_doubles_the_shards_and_goes_on() -> None:
    shop = Growing(spread=ShardScaling())
    shop.client.plan = iter([*["none", "conflict"] * 5])
    shop.issue("i", 10)
    assert shop.tenant["shards"] == 2
    assert NOW <= shop.tenant["spread_at"] < NOW + 600_000
    assert shop.client.met == ["conflict"] * 5
    assert shop.months(SHOP) == (10, 0)


def test_without_conflicts_nothing_is_written_but_the_posting() -> None:
    shop = Growing(spread=ShardScaling())
    shop.calls()
    for number in range(20):
        shop.issue(str(number), 10)
    assert shop.calls() == ["BatchGetItem", "TransactWriteItems"] * 20


def test_of_many_who_find_too_few_shards_one_doubles_them() -> None:
    shop = Growing(spread=ShardScaling())
    other = Growing(spread=ShardScaling(), beside=shop)
    for each in (shop, other):
        each.client.plan = iter([*["none", "conflict"] * 5])
        each.issue(f"i {id(each)}", 10)
    assert shop.tenant["shards"] == 2


def test_conflicts_at_a_customers_wallet_ask_for_no_shards() -> None:
    shop = Growing(spread=ShardScaling())
    shop.client.plan = iter([*["none", "conflict_too"] * 8])
    shop.issue("i", 10)
    assert shop.tenant["shards"] == 1


def test_the_sandbox_changes_no_number_of_shards() -> None:
    shop = Growing(spread=ShardScaling())
    shop.client.plan = iter([*["none", "conflict"] * 8])
    sandbox = replace(order("issue", "t"), mode="test")
    shop.move(sandbox, shop.issuing(10))
    assert shop.tenant["shards"] == 1


def test_the_first_posting_after_a_quiet_hour_halves_the_shards_and_nothing_is_lost() -> None:
    shop = Growing(spread=ShardScaling(4, 1, NOW - QUIET_MS))
    for shard in range(4):
        Shop(shards=4, beside=shop).on(shard, "issue", 100)
    shop.issue("i", 1)
    assert shop.tenant["shards"] == 2
    assert NOW <= shop.tenant["spread_at"] < NOW + 600_000
    one = Shop(shards=1, beside=shop)
    one.on(0, "redeem", 1203)
    assert refusal_of(lambda: one.on(0, "redeem", 1)).figures == {
        "issued": 401, "redeemed": 1203, "ceiling": 1203, "left": 0}  # fmt: skip
    # A late writer with the old number is counted all the same.
    Shop(shards=4, beside=shop).on(3, "issue", 10)
    one.on(0, "redeem", 30)
    assert one.months(SHOP) == (411, 1233)
    assert clean(shop)


def test_a_number_stands_since_the_time_that_it_was_then_and_not_since_the_request_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop, seconds = Growing(spread=ShardScaling(4, 1, NOW - QUIET_MS)), [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: seconds[-1])
    shop.client.plan, shop.client.other = iter(["none", "other"]), lambda: seconds.append(103.5)
    shop.on(0, "issue", 1)
    assert shop.tenant["spread_at"] == NOW + 3500


def test_a_number_that_is_still_needed_is_noted_as_such() -> None:
    shop = Growing(spread=ShardScaling(4, 1, NOW - KEEP_MS))
    shop.desk.tracker.note(SHOP, 4, conflict=True)
    shop.desk.tracker.note(SHOP, 4, conflict=True)
    shop.issue("i", 1)
    assert shop.tenant["shards"] == 4
    assert NOW <= shop.tenant["spread_at"] < NOW + 600_000


def test_a_number_that_cannot_be_written_down_stops_no_posting() -> None:
    shop = Growing(spread=ShardScaling(4, 1, NOW - QUIET_MS))
    shop.client.plan = iter(["none", "none", *["throttle"] * 20])
    assert shop.on(0, "issue", 1).amount == 1
    assert shop.tenant["shards"] == 4


def test_a_desk_that_may_not_change_the_number_does_not() -> None:
    shop = Growing(spread=ShardScaling())
    shop.desk = PostingService(shop.store, shop.program, 1, tracker=ContentionTracker())
    shop.client.plan = iter([*["none", "conflict"] * 8])
    shop.issue("i", 10)
    assert shop.tenant["shards"] == 1
