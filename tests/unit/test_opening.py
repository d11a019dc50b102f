"""Opening the shards of a merchant's month and shutting them again: what is written, and on which conditions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batua import ids
from batua.ledger.model import Shard
from batua.ledger.posting.shards import (
    close_shards,
    load_shards,
    open_shards,
    shards_to_open,
)
from batua.store.store import Store
from batua.store.writes import Condition, Update
from tests.unit.escrow_books import MONTH, REFUSALS, SHUT, Books

# Looking


def test_a_month_is_looked_at_from_its_first_shard_on_as_far_as_that_reaches() -> None:
    books = Books(Shard(room=9, epoch=1, shard_count=3), Shard(room=4), replace(SHUT, room=0))
    shards = load_shards(books, MONTH)
    assert {number: (shard.room, shard.open) for number, shard in shards.items()} == {
        0: (9, True), 1: (4, True), 2: (0, False)}  # fmt: skip
    assert books.client.calls == ["BatchGetItem"] * 2


def test_a_first_shard_that_was_handed_over_is_not_read_again() -> None:
    books = Books(Shard(room=9, epoch=1, shard_count=2), Shard(room=4))
    handed = {"room": 7, "turn": 1, "reach": 2}
    assert [shard.room for shard in load_shards(books, MONTH, handed).values()] == [7, 4]
    assert books.client.calls == ["BatchGetItem"]


def test_of_a_month_with_one_shard_nothing_else_is_read() -> None:
    books = Books(Shard(room=9))
    assert list(load_shards(books, MONTH)) == [0]
    assert load_shards(books, MONTH, {"room": 7})[0].room == 7
    assert books.client.calls == ["BatchGetItem"]


# Opening


SOUND = (Condition(missing=("room", "room_new")), Condition(at_least={"room": 0, "room_new": 0}))


def test_a_shard_is_opened_with_its_part_of_the_room_on_conditions_that_keep_both_sound() -> None:
    books = Books(Shard(room=1000, room_new=1803))
    assert open_shards(books, MONTH, {0: books.shard(0)}, [2], 4) is True
    opened = Update(
        MONTH.key(2),
        add={"room": 250, "room_new": 450, "raised": 450},
        set={"open": True},
        when=Condition(missing=("open",)),
    )
    gives = Update(
        MONTH.key(0),
        add={"turn": 1, "room": -250, "room_new": -450},
        set={"reach": 4},
        when=Condition(at_least={"room": 250, "room_new": 450}, any_of=SOUND, missing=("turn",)),
    )
    assert books.commits == [[gives, opened]]
    assert books.shard(2) == Shard(room=250, room_new=450, raised=450)
    assert books.shard(0) == Shard(room=750, room_new=1353, epoch=1, shard_count=4)


def test_several_are_opened_in_one_transaction_each_with_its_part() -> None:
    books = Books(Shard(room=1000, room_new=1803))
    assert open_shards(books, MONTH, {0: books.shard(0)}, [2, 3], 4)
    gives, *opened = books.commits[0]
    assert isinstance(gives, Update)
    assert gives.add == {"turn": 1, "room": -500, "room_new": -900}
    assert gives.when == Condition(at_least={"room": 500, "room_new": 900}, any_of=SOUND, missing=("turn",))
    assert [write.key for write in opened if isinstance(write, Update)] == [MONTH.key(2), MONTH.key(3)]
    assert [books.shard(number).room for number in (0, 2, 3)] == [500, 250, 250]


def test_a_request_opens_its_shard_and_some_that_follow_it() -> None:
    assert shards_to_open({0: Shard()}, 2, 4) == [2, 3, 1]
    assert shards_to_open({0: Shard()}, 1, 2) == [1]
    assert shards_to_open({0: Shard()}, 60, 64) == [60, 61, 62, 63, 1, 2, 3, 4]
    there = {0: Shard(), 1: Shard(), 2: SHUT, 3: Shard()}
    assert shards_to_open(there, 2, 6) == [2, 4, 5], "open ones are left alone"


def test_a_month_learns_of_a_shard_beyond_its_reach_though_others_are_known() -> None:
    books = Books(Shard(epoch=1, shard_count=3))
    assert open_shards(books, MONTH, {0: books.shard(0)}, [2, 3], 4)
    assert (books.shard(0).epoch, books.shard(0).shard_count) == (3, 4)


def test_a_month_without_room_opens_shards_that_have_none() -> None:
    for first in (Shard(), Shard(room=3, room_new=3)):
        books = Books(first)
        open_shards(books, MONTH, {0: first}, [1], 4)
        gives, opened = books.commits[0]
        assert isinstance(gives, Update)
        assert isinstance(opened, Update)
        assert (gives.add, gives.when) == ({"turn": 1}, Condition(any_of=SOUND, missing=("turn",)))
        assert opened.add == {"room": 0, "room_new": 0, "raised": 0}


def test_nothing_is_given_of_what_is_below_zero() -> None:
    books = Books()
    books.refusal = REFUSALS[0]
    open_shards(books, MONTH, {0: Shard(room=-400, room_new=-600)}, [1], 4)
    assert [write.add for (write, _) in books.commits if isinstance(write, Update)] == [{"turn": 1}]


@pytest.mark.parametrize(
    ("turn", "reach", "number", "count", "turns", "reaches"),
    [
        (0, 1, 2, 4, 1, 4),  # the first to be opened
        (1, 4, 2, 4, 0, None),  # one of those that the month knows of
        (3, 4, 3, 4, 0, None),
        (1, 4, 4, 8, 2, 8),  # one beyond them: those who look at fewer must look again
        (3, 4, 7, 8, 2, 8),
        (2, 8, 1, 2, 1, 8),  # after all were shut; the month keeps its reach
        (4, 8, 1, 2, 1, 8),
        (6, 2, 3, 4, 1, 4),
    ],
)
def test_shard_0_counts_when_others_begin_and_when_there_may_be_more(
    turn: int, reach: int, number: int, count: int, turns: int, reaches: int | None
) -> None:
    first = Shard(epoch=turn, shard_count=reach)
    books = Books(first)
    assert open_shards(books, MONTH, {0: first}, [number], count)
    gives = books.commits[0][0]
    assert isinstance(gives, Update)
    assert gives.add == {"turn": turns}
    assert gives.set == ({"reach": reaches} if reaches else {})
    assert gives.when == Condition(any_of=SOUND, **({"equal": {"turn": turn}} if turn else {"missing": ("turn",)}))
    assert (books.shard(0).epoch, books.shard(0).shard_count) == (turn + turns, reaches or reach)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_who_comes_too_late_to_open_a_shard_is_told_so(refusal: Exception) -> None:
    books = Books(Shard(room=1000))
    books.refusal = refusal
    assert open_shards(books, MONTH, {0: books.shard(0)}, [1], 2) is False


def test_of_two_who_make_the_same_writes_the_second_meets_its_conditions() -> None:
    books = Books(Shard(room=1000))
    seen = {0: books.shard(0)}
    assert open_shards(books, MONTH, seen, [1], 2)
    assert not open_shards(books, MONTH, seen, [1], 2)
    assert len(set(books.callers)) == 2
    assert all(ids.is_id(caller, "req") for caller in books.callers)
    assert books.shard(1).room == 500


# Shutting


def test_all_but_the_first_are_shut_and_their_room_goes_there() -> None:
    books = Books(
        Shard(room=100, room_new=200, epoch=1, shard_count=4), Shard(room=30, room_new=50), SHUT, Shard(room=7)
    )
    close_shards(books, MONTH, load_shards(books, MONTH))
    turned = Condition(equal={"turn": 2})
    assert books.commits == [
        [
            Update(
                MONTH.key(1),
                add={"room": -30, "room_new": -50},
                remove=("open",),
                when=Condition(equal={"room": 30, "room_new": 50}, present=("open",)),
            ),
            Update(MONTH.key(0), add={"room": 30, "room_new": 50, "raised": 50}, when=turned),
        ],
        [
            Update(
                MONTH.key(3),
                add={"room": -7, "room_new": 0},
                remove=("open",),
                when=Condition(equal={"room": 7, "room_new": 0}, present=("open",)),
            ),
            Update(MONTH.key(0), add={"room": 7, "room_new": 0, "raised": 7}, when=turned),
        ],
    ]
    assert len(set(books.callers)) == 2
    assert all(ids.is_id(caller, "req") for caller in books.callers)
    shards = load_shards(books, MONTH)
    assert shards[0] == Shard(room=137, room_new=250, raised=57, epoch=2, shard_count=4)
    assert [shard.open for shard in shards.values()] == [True, False, False, False]


def test_who_finds_an_even_turn_goes_on_shutting_what_another_left_open() -> None:
    books = Books(Shard(epoch=2, shard_count=3), SHUT, Shard(room=7))
    close_shards(books, MONTH, load_shards(books, MONTH))
    assert len(books.commits) == 1
    assert (books.shard(0).epoch, books.shard(0).room, books.shard(2).open) == (2, 7, False)


@pytest.mark.parametrize("others", [1, 2])
def test_the_turn_is_written_once_though_two_shut_at_once(others: int) -> None:
    books = Books(Shard(epoch=1, shard_count=2), Shard(room=7))

    def quicker() -> None:
        """Another shuts; or that, and a third begins to open."""
        Store.write(books, Update(MONTH.key(0), add={"turn": others}))

    books.before = quicker
    close_shards(books, MONTH, load_shards(books, MONTH))
    assert books.shard(0).epoch == 1 + others
    assert books.shard(1).open is (others == 2)
    assert len(books.commits) == (0 if others == 2 else 1)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_shard_that_cannot_be_shut_now_keeps_no_other_open(refusal: Exception) -> None:
    books = Books(Shard(epoch=2, shard_count=3), Shard(room=3), Shard(room=7))
    books.refusal = refusal
    close_shards(books, MONTH, load_shards(books, MONTH))
    assert len(books.commits) == 2
