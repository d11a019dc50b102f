"""What the table demands of a change to one shard of a merchant's month, and what is read of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batua import ids
from batua.ledger.decisions import allowance
from batua.ledger.model import MirPolicy, MonthChange, Shard
from batua.ledger.posting.shards import (
    MonthLocation,
    all_closed,
    conservative_room,
    month_update,
    read_shard,
    shard_number,
)
from batua.store import keys
from batua.store.writes import Condition

SCOPE, SHOP = keys.scope("live", ids.derived_id("ten", "owner")), ids.derived_id("ten", "shop")
MONTH = 202611
POLICY = MirPolicy(300, 500, 30)


def key(shard: int) -> keys.Key:
    return keys.month_key(SCOPE, SHOP, shard, MONTH)


def demanded(change: MonthChange) -> Condition:
    return month_update(key(change.shard), change).when


def redeemed(shard: int, *, new: bool = False) -> MonthChange:
    return allowance.redemption_counters(POLICY, MONTH, shard, 4, new=new)


def test_a_change_is_counted_and_what_it_adds_is_counted_once_more() -> None:
    issue = month_update(key(2), allowance.issue_change(POLICY, MONTH, 2, 4))
    assert issue.add == {"issued": 4, "room": 1200, "room_new": 2000, "raised": 2000}
    assert month_update(key(2), redeemed(2)).add == {"redeemed": 4, "room": -400, "room_new": -400}


def test_shard_0_takes_anything_and_another_once_it_was_opened() -> None:
    for change in (allowance.issue_change(POLICY, MONTH, 0, 4), allowance.redemption_counters(POLICY, MONTH, 0, -4)):
        assert demanded(change) == Condition()
        assert demanded(replace(change, shard=3)) == Condition(present=("room",))


def test_a_redemption_demands_the_room_of_the_ratio_in_force() -> None:
    assert demanded(redeemed(0)) == Condition(at_least={"room": 400})
    assert demanded(redeemed(3)) == Condition(at_least={"room": 400}, present=("open",))


def test_a_new_merchants_redemption_leaves_the_usual_room_above_zero_beside_other_shards() -> None:
    alone = (Condition(missing=("turn",)), Condition(at_least={"room": 400}))
    assert demanded(redeemed(0, new=True)) == Condition(at_least={"room_new": 400}, any_of=alone)
    both = {"room": 400, "room_new": 400}
    assert demanded(redeemed(3, new=True)) == Condition(at_least=both, present=("open",))


def test_an_issue_is_undone_below_zero_only_where_shard_0_is_alone() -> None:
    undone = allowance.issue_change(POLICY, MONTH, 0, -4)
    both = Condition(at_least={"room": 1200, "room_new": 2000})
    assert demanded(undone) == Condition(any_of=(Condition(missing=("turn",)), both))
    assert demanded(replace(undone, shard=1)) == replace(both, present=("open",))
    assert demanded(replace(undone, epoch=0)) == Condition(missing=("turn",))
    assert demanded(replace(undone, epoch=4)) == Condition(equal={"turn": 4})
    assert demanded(replace(redeemed(0, new=True), epoch=4)) == Condition(at_least={"room_new": 400}, equal={"turn": 4})


@pytest.mark.parametrize("shard", [0, 3])
def test_what_all_shards_decided_demands_what_it_takes_and_no_more(shard: int) -> None:
    assert demanded(replace(redeemed(shard), decided_globally=True)) == Condition(at_least={"room": 400})
    assert demanded(MonthChange(MONTH, shard, room=5, room_new=-7, decided_globally=True)) == Condition(
        at_least={"room_new": 7}
    )


def test_a_month_that_was_not_written_is_empty() -> None:
    assert read_shard(None) == read_shard({}) == Shard()
    assert read_shard(None, 1) == Shard(initialized=False, open=False)
    assert read_shard(
        {"issued": 1, "redeemed": 2, "room": 3, "room_new": 4, "raised": 5, "turn": 6, "reach": 7}
    ) == Shard(1, 2, 3, 4, 5, epoch=6, shard_count=7)


def test_a_shard_is_opened_shut_or_was_never_there() -> None:
    assert read_shard({"room": 0}, 1) == Shard(initialized=True, open=False)
    assert read_shard({"room": 0, "open": True}, 1) == Shard(initialized=True, open=True)


def test_the_shards_of_a_month_differ_in_the_last_part_of_their_key_alone() -> None:
    month = MonthLocation.of(key(7))
    assert [month.key(n) for n in (0, 63)] == [key(0), key(63)]
    assert month == MonthLocation.of(key(1)) != MonthLocation.of(keys.month_key(SCOPE, SHOP, 1, MONTH + 1))
    assert shard_number(key(63)) == 63


def test_all_are_shut_after_an_even_turn_once_each_of_them_is() -> None:
    closed = Shard(open=False)
    assert all_closed({0: Shard()})
    assert all_closed({0: Shard(epoch=2), 1: closed})
    assert not all_closed({0: Shard(epoch=2), 1: closed, 2: Shard()})
    assert not all_closed({0: Shard(epoch=1), 1: closed})


def test_between_two_looks_there_was_at_most_what_was_seen_first_and_what_was_added() -> None:
    before = {0: Shard(room=100, room_new=300, raised=500), 1: Shard(room=50)}
    after = {0: Shard(room=0, room_new=200, raised=700), 1: Shard(room=20), 2: Shard(room=5, raised=90)}
    most = conservative_room(before, after)
    assert [(shard.room, shard.room_new) for shard in most.values()] == [(300, 500), (50, 0), (90, 90)]


def test_the_floor_of_a_month_is_written_once_with_its_room() -> None:
    from batua.ledger.model import MonthChange

    key = keys.month_key(SCOPE, SHOP, 0, 202611)
    change = MonthChange(202611, 0, redeemed=60, room=4000, room_new=4000, floor=100)
    write = month_update(key, change)
    assert write.set == {"floor": 100}
    assert "floor" in write.when.missing
    assert write.add["room"] == 4000
    assert read_shard({"room": 4000, "floor": 100}).floor == 100
    moved = month_update(key, replace(change, epoch=0))
    assert moved.when.missing == ("turn", "floor")
