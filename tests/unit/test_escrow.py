"""Requests that meet at the shards of a merchant's month: which of them they open, trust, shut and ask for more."""

from __future__ import annotations

from batua import clock
from batua.ledger.decisions import customer_coins
from batua.ledger.model import Refusal
from batua.ledger.posting.request import PostingState
from batua.ledger.queries import coin_entries
from batua.store import keys
from tests.unit.posting_fixtures import BAKERY, SCOPE, SHOP, order
from tests.unit.shards_fixtures import MONTH, OTHERS, Shop, clean, refusal_of

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
