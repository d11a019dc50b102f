"""Requests that meet at the shards of a merchant's month: which of them they open, trust, shut and ask for more."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from batua import clock, ids
from batua.audit.verify import verify_scope
from batua.ledger.decisions import customer_coins
from batua.ledger.errors import PostingRefused
from batua.ledger.model import Refusal, Wallet
from batua.ledger.posting.customer_coins import PostingService
from batua.ledger.posting.request import PostingState
from batua.ledger.posting.shard_scaling import KEEP_MS, QUIET_MS, ContentionTracker, ShardScaling, shard_of
from batua.ledger.queries import coin_entries
from batua.ledger.records.customer_coins import Entry, read_entry
from batua.store import keys
from batua.store.codec import decode
from batua.store.store import Store
from batua.store.writes import Put
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


# Opening


def test_a_month_has_one_shard_until_somebody_wants_another() -> None:
    shop = Shop(shards=4)
    shop.on(0, "issue", 10)
    assert shop.cell(0).get("reach", 1) == 1
    shop.calls()
    shop.on(2, "issue", 20)
    assert shop.calls() == ["BatchGetItem", "TransactWriteItems", "BatchGetItem", "TransactWriteItems", "BatchGetItem",
                            "BatchGetItem", "TransactWriteItems"]  # fmt: skip
    # It gets a part of what the first has, so that a redemption finds room wherever it comes.
    assert shop.room() == [750, 750, 6750, 750]
    assert [bool(shop.cell(shard)) for shard in range(4)] == [True, True, True, True]
    shop.on(2, "issue", 1)
    assert shop.calls() == ["BatchGetItem", "TransactWriteItems"]
    assert shop.months(SHOP) == (31, 0)
    assert clean(shop)


def test_the_next_month_begins_with_one_shard_again() -> None:
    shop = Shop(shards=2)
    shop.on(1, "issue", 10)
    later = customer_coins.Merchant(SHOP, 0)
    december = PostingState(shop.wallet(), clock.month_start(202612, "Asia/Kolkata"))
    shop.desk.post(order("issue", "d"), december, lambda s: customer_coins.decide_issue(
        s.wallet, shop.program, later, s.now, coins=1, bill=None, shard=0))  # fmt: skip
    found = coin_entries.month_totals(shop.store, SCOPE, SHOP, [202612, MONTH], 2)
    assert [(month.issued, month.redeemed) for month in found] == [(1, 0), (10, 0)]
    key = keys.month_key(SCOPE, SHOP, 1, 202612)
    assert ("ledger", key.pk, key.sk) not in shop.client.inner.items


def test_who_knows_of_fewer_shards_opens_no_others_and_hides_none() -> None:
    many, few = Shop(shards=8), None
    many.on(7, "issue", 10)
    few = Shop(shards=2, beside=many)
    few.on(1, "issue", 10)
    assert many.cell(0)["reach"] == 8
    assert coin_entries.month_totals(few.store, SCOPE, SHOP, [MONTH], 1)[0].issued == 20
    # What lies where its own number does not lead is found when it is needed.
    few.on(1, "redeem", 50)
    assert sum(many.room()) == 1000
    assert clean(many)


def test_of_two_who_open_at_once_neither_takes_shards_from_the_other() -> None:
    many = Shop(shards=8)
    few = Shop("none", "none", "none", "other", shards=2, beside=many)
    few.client.other = lambda: many.on(6, "issue", 10)
    few.on(1, "issue", 10)
    assert few.client.met == ["other"]
    assert many.cell(0)["reach"] == 8
    assert many.months(SHOP) == (20, 0)
    assert clean(many)


# Trust


def test_room_on_several_shards_is_used_without_a_look_at_the_others() -> None:
    shop = Shop(shards=4)
    for shard in (1, 2, 3, 0):
        shop.on(shard, "issue", 10)
    shop.calls()
    for shard in range(4):
        shop.on(shard, "redeem", 30)
    assert shop.calls() == ["BatchGetItem", "TransactWriteItems"] * 4
    assert shop.room() == [0, 0, 0, 0]


def test_a_shard_that_was_shut_gives_nothing_by_itself() -> None:
    shop = Shop(shards=2)
    issued = shop.on(0, "issue", 100)
    shop.on(1, "redeem", 300)
    shop.undo(issued)  # issued 0, redeemed 300
    assert shop.room() == [-30_000, 0]
    assert not shop.cell(1).get("open")
    shop.on(1, "issue", 50)
    # Shard 1 has room for 150; the merchant is far above its ceiling.
    figures = {"issued": 50, "redeemed": 300, "ceiling": 150, "left": 0}
    assert refusal_of(lambda: shop.on(1, "redeem", 1)) == Refusal("mir_limit_reached", figures)
    assert refusal_of(lambda: shop.on(0, "redeem", 1)) == Refusal("mir_limit_reached", figures)
    shop.on(1, "issue", 51)
    shop.on(1, "redeem", 3)
    assert refusal_of(lambda: shop.on(1, "redeem", 1)).figures["left"] == 0
    assert clean(shop)


def test_shards_are_opened_again_once_the_month_is_above_zero() -> None:
    shop = Shop(shards=2)
    issued = shop.on(0, "issue", 100)
    shop.on(1, "redeem", 300)
    shop.undo(issued)
    shop.on(0, "issue", 200)
    shop.on(1, "redeem", 30)
    assert shop.cell(1)["open"]
    assert min(shop.room()) >= 0
    assert sum(shop.room()) == 27_000
    assert clean(shop)


def test_an_issue_is_not_undone_below_zero_while_somebody_opens_the_shards_again() -> None:
    met = 0
    for calls in range(1, 14):
        shop = Shop(shards=2)
        issued = shop.on(0, "issue", 100)
        shop.on(1, "redeem", 200)
        one = Shop(*["none"] * calls, "other", shards=2, beside=shop)
        one.client.other = lambda shop=shop: (shop.on(1, "issue", 1, OTHERS), shop.on(1, "redeem", 1, OTHERS))
        one.undo(issued)
        met += len(one.client.met)
        assert sum(shop.room()) == (200 if one.client.met else 0) - 20_000
        assert shop.cell(1).get("room", 0) >= 0
        assert not shop.cell(1).get("open")
        assert clean(shop)
    assert met > 5


# Refusals


def test_room_that_moves_while_the_shards_are_looked_at_is_not_overlooked() -> None:
    """Always 300 in all: on shard 2 when shard 1 is looked at, on shard 1 when shard 2 is. No sum of reads tells."""
    for calls in range(1, 8):
        shop = Shop(shards=3)
        for shard in range(3):
            shop.on(shard, "issue", 100)
        shop.on(0, "redeem", 300)
        shop.on(1, "redeem", 300)
        asking = Shop(*["none"] * calls, "other", shards=3, beside=shop)
        asking.client.other = lambda shop=shop: (shop.on(1, "issue", 100, OTHERS), shop.on(2, "redeem", 300, OTHERS))
        asking.on(0, "redeem", 300)
        assert sum(shop.room()) == 0
        assert clean(shop)


def test_a_refusal_stands_where_room_became_less_while_the_shards_were_looked_at() -> None:
    shop = Shop(shards=2)
    shop.on(0, "issue", 10)
    shop.on(1, "issue", 10)
    asking = Shop("none", "none", "none", "none", "other", shards=2, beside=shop)
    asking.client.other = lambda: shop.on(1, "redeem", 5, OTHERS)
    figures = refusal_of(lambda: asking.on(0, "redeem", 61)).figures
    assert asking.client.met == ["other"]
    assert figures == {"issued": 20, "redeemed": 5, "ceiling": 60, "left": 55}


def test_where_the_shards_never_stand_still_a_refusal_has_the_figures_of_one_moment() -> None:
    """Between any two calls much is issued and undone: each look sees the same little room."""
    shop = Shop(shards=2)
    shop.on(0, "issue", 1)
    shop.on(1, "issue", 1)
    asking = Shop(*["none"] * 3, *["other"] * 60, shards=2, beside=shop)
    asking.client.other = lambda: shop.undo(shop.on(1, "issue", 1000, OTHERS))
    figures = refusal_of(lambda: asking.on(0, "redeem", 100)).figures
    assert figures == {"issued": 2, "redeemed": 0, "ceiling": 6, "left": 6}
    assert clean(shop)


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


# What may happen between a look and a write


def test_shards_are_not_opened_beside_one_that_fell_below_zero_just_now() -> None:
    shop = Shop(shards=2)
    issued = shop.on(0, "issue", 100)
    shop.on(0, "redeem", 300)
    asking = Shop("none", "none", "none", "other", shards=2, beside=shop)
    asking.client.other = lambda: shop.undo(issued)
    asking.on(1, "issue", 5, OTHERS)
    assert asking.client.met == ["other"]
    assert shop.room() == [1500 - 30_000]
    assert clean(shop)


def test_a_month_keeps_its_reach_when_fewer_shards_are_opened_again() -> None:
    many = Shop(shards=8)
    issued = many.on(7, "issue", 100)
    many.on(3, "redeem", 300)
    many.undo(issued)
    many.on(0, "issue", 200)
    few = Shop(shards=2, beside=many)
    few.on(1, "redeem", 1)
    assert [many.cell(shard).get("open", False) for shard in range(8)] == [False, True, *[False] * 6]
    assert many.cell(0)["reach"] == 8
    assert few.months(SHOP) == (200, 301)
    assert clean(many)


def test_a_shard_that_is_used_while_it_is_being_shut_does_not_fall_below_zero() -> None:
    met = 0
    for calls in range(1, 14):
        shop = Shop(shards=2)
        issued = shop.on(0, "issue", 100)
        shop.on(0, "redeem", 290)
        shop.on(1, "issue", 10)
        one = Shop(*["none"] * calls, *["other"] * 20, shards=2, beside=shop)

        def other(shop: Shop = shop, one: Shop = one) -> None:
            if len(one.client.met) == 1:
                shop.on(1, "redeem", 20, OTHERS)
            assert shop.cell(1)["room"] >= 0

        one.client.other = other
        one.undo(issued)
        met += bool(one.client.met)
        assert sum(shop.room()) == 3000 - 29_000 - (2000 if one.client.met else 0)
        assert clean(shop)
    assert met > 5


def test_what_was_seen_of_a_month_decides_nothing_in_the_next_one() -> None:
    shop = Shop()
    shop.on(0, "issue", 1)
    december = clock.month_start(202612, "Asia/Kolkata")
    later = customer_coins.Merchant(BAKERY, 0)

    def other() -> None:
        """The customer's wallet moves on into December, while November is found to have no room."""
        bakery = Shop(beside=shop)
        state = PostingState(bakery.wallet(), december)
        bakery.desk.post(order("issue", "d", BAKERY), state, lambda s: customer_coins.decide_issue(
            s.wallet, shop.program, later, s.now, coins=1, bill=None, shard=s.shard))  # fmt: skip

    asking = Shop("none", "other", beside=shop)
    asking.client.other = other
    figures = {"issued": 0, "redeemed": 0, "ceiling": 0, "left": 0}
    assert refusal_of(lambda: asking.on(0, "redeem", 4)) == Refusal("mir_limit_reached", figures)
