"""Which shards of a merchant's month carry a change, to the last hundredth."""

from __future__ import annotations

from dataclasses import replace

from batua.ledger.decisions import allowance
from batua.ledger.model import MonthChange, Shard

MONTH = 202611
REDEEMED = MonthChange(MONTH, 0, redeemed=3, room=-300, room_new=-300, needs=300)
UNDONE = MonthChange(MONTH, 0, issued=-1, room=-300, room_new=-500)


def shards(*rooms: tuple[int, int]) -> dict[int, Shard]:
    return {number: Shard(room=room, room_new=new) for number, (room, new) in enumerate(rooms)}


def moves(change: MonthChange, there: dict[int, Shard]) -> list[tuple[int, int, int]]:
    return [(each.shard, each.room, each.room_new) for each in allowance.allocate(change, there)]


def test_what_is_taken_is_of_the_ratios_that_can_still_matter() -> None:
    assert allowance.room_required(REDEEMED) == {"room": 300}
    assert allowance.room_required(replace(REDEEMED, new_merchant=True)) == {"room": 300, "room_new": 300}
    assert allowance.room_required(UNDONE) == {"room": 300, "room_new": 500}
    assert allowance.room_required(replace(UNDONE, room=-1, room_new=0)) == {"room": 1}
    assert allowance.room_required(replace(UNDONE, room=300, room_new=500)) == {}
    assert allowance.room_required(MonthChange(MONTH, 0)) == {}


def test_a_change_that_was_placed_stays_where_it_is_whatever_is_there() -> None:
    poor = shards((0, 0), (900, 900))
    for placed in (replace(REDEEMED, decided_globally=True), replace(REDEEMED, epoch=3), replace(REDEEMED, epoch=0)):
        assert allowance.allocate(placed, poor) == (placed,)


def test_an_issue_stays_on_its_shard_though_it_was_shut_meanwhile() -> None:
    issue = MonthChange(MONTH, 1, issued=1, room=300, room_new=500)
    assert allowance.allocate(issue, {0: Shard(), 1: Shard(initialized=True, open=False)}) == (issue,)


def test_a_shard_must_have_what_is_taken_at_both_ratios() -> None:
    new = replace(REDEEMED, new_merchant=True)
    assert moves(new, shards((200, 900), (400, 900))) == [(0, -100, -100), (1, -200, -200)]
    assert moves(new, shards((900, 200), (900, 400))) == [(0, -100, -100), (1, -200, -200)]


def test_what_is_enough_at_one_ratio_is_not_gathered_at_it() -> None:
    assert moves(UNDONE, shards((300, 100), (1, 1000))) == [(0, -300, 0), (1, 0, -500)]
    assert moves(UNDONE, shards((100, 500), (1000, 1))) == [(0, 200, -500), (1, -500, 0)]


def test_each_gives_at_either_ratio_what_it_has_there() -> None:
    assert moves(UNDONE, shards((0, 0), (400, 100), (100, 700))) == [(0, 50, 0), (1, -300, -100), (2, -50, -400)]
    assert moves(UNDONE, shards((0, 0), (900, 1200))) == [(0, 150, 100), (1, -450, -600)]


def test_a_hundredth_that_is_missing_at_either_ratio_leaves_it_to_shard_0_alone() -> None:
    for there in (shards((100, 900), (199, 900), (0, 900)), shards((900, 100), (900, 399), (900, 0))):
        first, *others = allowance.allocate(UNDONE, there)
        assert (first.shard, first.epoch) == (0, 0)
        assert [(each.room, each.room_new) for each in others] == [
            (-each.room, -each.room_new) for number, each in there.items() if number
        ]
        assert {each.needs for each in others} == {0}
    enough = allowance.allocate(UNDONE, shards((100, 900), (200, 900), (0, 900)))
    assert [change.epoch for change in enough] == [None, None]


def test_what_a_shard_lacks_at_a_ratio_that_is_not_asked_for_stays_there() -> None:
    odd = replace(UNDONE, room_new=0)
    assert moves(odd, shards((100, 0), (900, -8))) == [(0, 150, 0), (1, -450, 0)]
    odd = replace(UNDONE, room=0)
    assert moves(odd, shards((0, 100), (-8, 900))) == [(0, 0, -50), (1, 0, -450)]
