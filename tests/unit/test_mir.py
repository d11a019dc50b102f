"""The minimum issuance ratio over one shard and over many."""

from __future__ import annotations

from dataclasses import replace

from batua.clock import DAY_MS
from batua.ledger.decisions import allowance
from batua.ledger.model import MirPolicy, MonthChange, Refusal, Shard

POLICY = MirPolicy(ratio=300, new_ratio=500, new_days=30)
MONTH = 202611


def applied(shards: dict[int, Shard], changes: tuple[MonthChange, ...] | Refusal) -> dict[int, Shard]:
    assert isinstance(changes, tuple)
    after = dict(shards)
    for change in changes:
        shard = after[change.shard]
        assert (shard.room_new if change.new_merchant else shard.room) >= change.needs or not change.needs
        after[change.shard] = replace(
            shard,
            issued=shard.issued + change.issued,
            redeemed=shard.redeemed + change.redeemed,
            room=shard.room + change.room,
            room_new=shard.room_new + change.room_new,
        )
    return after


def spend(
    shards: dict[int, Shard], coins: int, *, shard: int = 0, new: bool = False
) -> tuple[MonthChange, ...] | Refusal:
    return allowance.redemption_change(POLICY, MONTH, coins, new=new, shard=shard, shards=shards)


def test_a_merchant_is_new_until_its_thirtieth_day_is_over() -> None:
    assert allowance.ratio_for(POLICY, 0, 30 * DAY_MS - 1) == 500
    assert allowance.ratio_for(POLICY, 0, 30 * DAY_MS) == 300


def test_an_issue_makes_room_at_both_ratios() -> None:
    assert allowance.issue_change(POLICY, MONTH, 2, 10) == MonthChange(MONTH, 2, issued=10, room=3000, room_new=5000)


def test_without_a_ratio_months_are_counted_and_nothing_is_limited() -> None:
    assert allowance.issue_change(None, MONTH, 0, 10) == MonthChange(MONTH, 0, issued=10)
    assert allowance.redemption_change(None, MONTH, 10, new=False, shard=0, shards={0: Shard()}) == (
        MonthChange(MONTH, 0, redeemed=10),
    )


def test_before_the_shards_are_read_one_of_them_is_tried() -> None:
    assert allowance.redemption_change(POLICY, MONTH, 4, new=True, shard=1, shards=None) == (
        MonthChange(MONTH, 1, redeemed=4, room=-400, room_new=-400, needs=400, new_merchant=True),
    )


def test_a_redemption_larger_than_any_shard_gathers_room_and_counts_on_one() -> None:
    shards = {0: Shard(room=300), 1: Shard(room=500), 2: Shard(room=250)}
    after = applied(shards, spend(shards, 9, shard=2))
    assert [shard.redeemed for shard in after.values()] == [0, 0, 9]
    assert sum(shard.room for shard in after.values()) == 1050 - 900
    assert all(shard.room >= 0 for shard in after.values())


def test_the_shard_it_counts_on_gives_first_then_the_fullest_and_what_gives_nothing_is_left_alone() -> None:
    shards = {0: Shard(room=300), 1: Shard(room=0), 2: Shard(room=500), 3: Shard(room=200), 4: Shard(room=100)}
    assert spend(shards, 9, shard=3) == (
        MonthChange(MONTH, 3, redeemed=9, room=-200, room_new=-200, needs=200, decided_globally=True),
        MonthChange(MONTH, 2, room=-500, room_new=-500, needs=500, decided_globally=True),
        MonthChange(MONTH, 0, room=-200, room_new=-200, needs=200, decided_globally=True),
    )


def test_a_shard_without_room_counts_what_others_have_at_either_ratio() -> None:
    shards = {0: Shard(room=60, room_new=900), 1: Shard(), 2: Shard(room=900, room_new=51)}
    assert spend(shards, 1, shard=1, new=True) == (
        MonthChange(MONTH, 1, redeemed=1, new_merchant=True, decided_globally=True),
        MonthChange(MONTH, 0, room=-60, room_new=-60, needs=60, new_merchant=True, decided_globally=True),
        MonthChange(MONTH, 2, room=-40, room_new=-40, needs=40, new_merchant=True, decided_globally=True),
    )


def test_what_shard_0_lacks_is_made_up_with_all_that_the_others_have() -> None:
    shards = {0: Shard(room=-300, epoch=4), 1: Shard(room=900, room_new=950), 2: Shard()}
    assert spend(shards, 2, shard=2) == (
        MonthChange(MONTH, 0, redeemed=2, room=700, room_new=750, epoch=4),
        MonthChange(MONTH, 1, room=-900, room_new=-950, decided_globally=True),
    )


def test_the_smallest_part_of_a_coin_is_room_too() -> None:
    shards = {0: Shard(room=99), 1: Shard(room=1)}
    after = applied(shards, spend(shards, 1))
    assert [shard.room for shard in after.values()] == [0, 0]


def test_fractions_of_a_coin_on_several_shards_make_a_coin() -> None:
    shards = {0: Shard(room=50), 1: Shard(room=50)}
    after = applied(shards, spend(shards, 1))
    assert [shard.room for shard in after.values()] == [0, 0]


def test_what_one_shard_lacks_is_made_up_by_the_others_before_anything_is_redeemed() -> None:
    shards = {0: Shard(room=-300), 1: Shard(room=400)}
    after = applied(shards, spend(shards, 1, shard=1))
    assert [shard.room for shard in after.values()] == [0, 0]
    assert isinstance(spend(shards, 2, shard=1), Refusal)


def test_a_month_below_zero_redeems_nothing() -> None:
    refusal = spend({0: Shard(issued=10, redeemed=60, room=-3000)}, 1)
    assert refusal == Refusal("mir_limit_reached", {"issued": 10, "redeemed": 60, "ceiling": 30, "left": 0})


def test_at_the_ceiling_the_figures_of_all_shards_are_told() -> None:
    shards = {0: Shard(10, 25, 500, 2500), 1: Shard(5, 15, 0, 1000)}
    assert spend(shards, 6) == Refusal("mir_limit_reached", {"issued": 15, "redeemed": 40, "ceiling": 45, "left": 5})
    assert isinstance(spend(shards, 6, new=True), tuple)
    assert spend(shards, 36, new=True) == Refusal(
        "mir_limit_reached", {"issued": 15, "redeemed": 40, "ceiling": 75, "left": 35}
    )


def test_after_the_thirtieth_day_the_usual_room_decides() -> None:
    # Redeemed at five times what was issued, while it was new: the usual ratio leaves it below zero.
    shards = {0: Shard(10, 50, -2000, 0), 1: Shard(10, 0, 3000, 5000)}
    after = applied(shards, spend(shards, 10, shard=1))
    assert sum(shard.room for shard in after.values()) == 0
    assert isinstance(spend(shards, 11, shard=1), Refusal)


def test_a_ratio_with_a_fraction_allows_whole_coins_only() -> None:
    assert allowance.ceiling_of(MirPolicy(250, 250), 3, new=False) == 7
    assert allowance.ceiling_of(MirPolicy(250, 250), -3, new=False) == 0


def test_a_redemption_that_is_undone_needs_no_room() -> None:
    change = allowance.redemption_counters(POLICY, MONTH, 0, -4)
    assert change == MonthChange(MONTH, 0, redeemed=-4, room=400, room_new=400, needs=0)


# A change that its shard cannot carry


def rooms(shards: dict[int, Shard]) -> list[tuple[int, int]]:
    return [(shard.room, shard.room_new) for shard in shards.values()]


def test_what_the_own_shard_has_is_taken_there_and_nowhere_else() -> None:
    shards = {0: Shard(room=900, room_new=900), 1: Shard(room=300, room_new=300)}
    assert spend(shards, 3, shard=1) == (allowance.redemption_counters(POLICY, MONTH, 1, 3),)


def test_who_gives_gives_half_of_it_so_that_the_next_redemption_finds_some_on_its_shard() -> None:
    shards = {0: Shard(room=1000, room_new=1000), 1: Shard(), 2: Shard(room=400, room_new=400)}
    after = applied(shards, spend(shards, 1, shard=1))
    assert [shard.room for shard in after.values()] == [500, 400, 400]
    assert [shard.redeemed for shard in after.values()] == [0, 1, 0]


def test_a_shard_that_is_shut_gives_nothing_by_itself_and_all_it_has_with_the_others() -> None:
    shards = {0: Shard(room=100, room_new=100), 1: Shard(room=200, room_new=200, open=False)}
    changes = spend(shards, 3, shard=1)
    assert isinstance(changes, tuple)
    assert all(change.decided_globally for change in changes)
    assert rooms(applied(shards, changes)) == [(0, 0), (0, 0)]


def test_a_shard_that_was_never_opened_takes_nothing() -> None:
    shards = {0: Shard(room=500, room_new=500), 1: Shard(initialized=False, open=False)}
    for change in (
        allowance.issue_change(POLICY, MONTH, 1, 5),
        allowance.issue_change(POLICY, MONTH, 7, 5),
        allowance.redemption_counters(POLICY, MONTH, 1, 5),
    ):
        assert [part.shard for part in allowance.allocate(change, shards)] == [0]


def test_an_issue_that_is_undone_takes_room_from_wherever_it_is() -> None:
    shards = {0: Shard(room=100, room_new=900), 1: Shard(room=50, room_new=0), 2: Shard(room=150, room_new=100)}
    after = applied(shards, allowance.allocate(allowance.issue_change(POLICY, MONTH, 1, -1), shards))
    assert sum(room for room, _ in rooms(after)) == 0
    assert sum(room for _, room in rooms(after)) == 500
    assert all(room >= 0 and room_new >= 0 for room, room_new in rooms(after))


def test_an_issue_that_is_undone_after_its_room_was_used_leaves_shard_0_alone_below_zero() -> None:
    shards = {0: Shard(10, 0, 100, 300, epoch=3), 1: Shard(0, 20, 150, 900)}
    changes = allowance.allocate(allowance.issue_change(POLICY, MONTH, 1, -10), shards)
    assert [change.epoch for change in changes if not change.shard] == [3]
    assert rooms(applied(shards, changes)) == [(250 - 3000, 1200 - 5000), (0, 0)]


def test_a_new_merchant_that_redeems_more_than_the_usual_ratio_allows_does_it_on_shard_0() -> None:
    shards = {0: Shard(room=100, room_new=300, epoch=2), 1: Shard(room=0, room_new=200)}
    changes = spend(shards, 4, shard=1, new=True)
    assert isinstance(changes, tuple)
    assert [change.epoch for change in changes if not change.shard] == [2]
    assert rooms(applied(shards, changes)) == [(-300, 100), (0, 0)]


def test_a_change_that_was_placed_stays_as_it_is() -> None:
    shards = {0: Shard(room=1000, room_new=1000), 1: Shard()}
    placed = allowance.allocate(allowance.redemption_counters(POLICY, MONTH, 1, 1), shards)
    assert tuple(part for change in placed for part in allowance.allocate(change, shards)) == placed


# Reversals of issues, and the floor of a month


def take_back(
    shards: dict[int, Shard], coins: int, *, shard: int = 0, new: bool = False
) -> tuple[MonthChange, ...] | Refusal:
    return allowance.issue_reversal_change(POLICY, MONTH, coins, new=new, shard=shard, shards=shards)


def test_an_issue_is_not_taken_back_after_what_it_allowed_has_been_redeemed() -> None:
    figures = {"issued": 1000, "redeemed": 3000, "reversible": 0, "requested": 1000}
    used_up = {0: Shard(1000, 3000, 0, 200_000)}
    assert take_back(used_up, 1000) == Refusal("reversal_exceeds_allowance", figures)
    assert isinstance(take_back(used_up, 400, new=True), tuple)
    assert take_back({0: Shard(1000, 2700, 30_000, 230_000)}, 101) == Refusal(
        "reversal_exceeds_allowance", {"issued": 1000, "redeemed": 2700, "reversible": 100, "requested": 101}
    )


def test_an_issue_is_taken_back_from_all_shards_together() -> None:
    shards = {0: Shard(50, 0, 15_000, 25_000), 1: Shard(50, 0, 15_000, 25_000)}
    after = applied(shards, take_back(shards, 100, shard=1))
    assert sum(shard.room for shard in after.values()) == 0
    assert sum(shard.issued for shard in after.values()) == 0
    assert all(shard.room >= 0 for shard in after.values())


def test_unseen_a_reversal_needs_the_room_that_its_issue_gave() -> None:
    (change,) = allowance.issue_reversal_change(POLICY, MONTH, 10, new=False, shard=2, shards=None)  # type: ignore[misc]
    assert change == MonthChange(MONTH, 2, issued=-10, room=-3000, room_new=-5000, needs=3000)
    (new,) = allowance.issue_reversal_change(POLICY, MONTH, 10, new=True, shard=2, shards=None)  # type: ignore[misc]
    assert (new.needs, new.new_merchant) == (5000, True)
    assert allowance.issue_reversal_change(None, MONTH, 10, new=True, shard=2, shards={}) == (
        MonthChange(MONTH, 2, issued=-10),
    )


FLOORED = replace(POLICY, floor=100)


def floored(shards: dict[int, Shard], coins: int) -> tuple[MonthChange, ...] | Refusal:
    return allowance.redemption_change(FLOORED, MONTH, coins, new=False, shard=0, shards=shards)


def test_the_floor_is_added_by_the_first_redemption_that_needs_it_and_once() -> None:
    first = floored({0: Shard()}, 60)
    assert first == (MonthChange(MONTH, 0, redeemed=60, room=4000, room_new=4000, floor=100),)
    after = applied({0: Shard()}, first)
    assert isinstance(floored({0: replace(after[0], floor=100)}, 40), tuple)
    assert floored({0: replace(after[0], floor=100)}, 41) == Refusal(
        "mir_limit_reached", {"issued": 0, "redeemed": 60, "ceiling": 100, "left": 40}
    )
    assert floored({0: Shard()}, 101) == Refusal(
        "mir_limit_reached", {"issued": 0, "redeemed": 0, "ceiling": 100, "left": 100}
    )


def test_floor_and_room_are_redeemed_together() -> None:
    shards = {0: Shard(10, 0, 3000, 5000), 1: Shard(10, 0, 3000, 5000)}
    after = applied(shards, floored(shards, 160))
    assert sum(shard.room for shard in after.values()) == 0
    assert isinstance(floored(shards, 161), Refusal)
    assert all(change.floor == 0 for change in floored(shards, 60))  # type: ignore[union-attr]


def test_the_floor_is_shard_0s_whichever_shard_was_tried_and_a_room_below_zero_gets_none() -> None:
    shards = {0: Shard(), 1: Shard()}
    (change,) = allowance.redemption_change(FLOORED, MONTH, 60, new=False, shard=1, shards=shards)  # type: ignore[misc]
    assert (change.shard, change.floor) == (0, 100)
    assert isinstance(floored({0: Shard(room=-1, room_new=-1)}, 1), Refusal)
