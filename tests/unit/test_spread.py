"""Over how many shards a merchant's postings spread, and when that changes."""

from __future__ import annotations

from collections import Counter

import pytest

from batua.ledger.posting.shard_scaling import (
    GROW_AT,
    KEEP_AT,
    KEEP_MS,
    MAX_SHARDS,
    PAUSE_MS,
    QUIET_MS,
    WEIGHT,
    ContentionTracker,
    ShardScaling,
    shard_of,
    target_shards,
)

NOW = 10**12


def strained(*tries: int) -> float:
    strain = ContentionTracker()
    for conflict in tries:
        strain.note("ten_1", 1, conflict=bool(conflict))
    return strain.of("ten_1", 1)


def test_the_figures_are_those_that_the_documents_name() -> None:
    assert (MAX_SHARDS, GROW_AT, KEEP_AT, WEIGHT) == (64, 0.25, 0.06, 1 / 16)
    assert (PAUSE_MS, KEEP_MS, QUIET_MS) == (1000, 600_000, 3_600_000)
    assert ShardScaling() == ShardScaling(count=1, least=1, at=0)


def test_nothing_is_kept_of_a_merchant_without_conflicts() -> None:
    quiet = ContentionTracker()
    quiet.note("ten_1", 1, conflict=False)
    assert vars(quiet) == vars(ContentionTracker())
    assert strained(*[0] * 1000) == 0.0
    assert ContentionTracker().of("ten_1", 1) == 0.0


def test_five_conflicts_one_after_the_other_are_enough_to_grow_and_four_are_not() -> None:
    assert strained(1, 1, 1, 1) < GROW_AT <= strained(1, 1, 1, 1, 1)


def test_a_share_of_conflicts_is_felt_as_it_is() -> None:
    assert KEEP_AT < strained(*([0] * 9 + [1]) * 50) < GROW_AT
    assert strained(*([0, 0, 1] * 100)) >= GROW_AT
    assert strained(*([1] * 50 + [0] * 50)) < KEEP_AT


def test_each_merchant_is_felt_by_itself_and_not_without_end() -> None:
    strain = ContentionTracker()
    for number in range(10_001):
        strain.note(f"ten_{number}", 1, conflict=True)
    assert all(strain.of(f"ten_{number}", 1) > 0 for number in range(10_001))
    strain.note("ten_10001", 1, conflict=True)
    assert [strain.of(f"ten_{number}", 1) > 0 for number in (0, 10_000, 10_001)] == [False, False, True]
    strain.forget()
    assert strain.of("ten_10001", 1) == 0


def test_a_transaction_always_tries_the_same_shard_first_and_all_are_used_alike() -> None:
    assert [shard_of("txn_1", count) for count in (1, 2, 4, 64)] == [0, 0, 2, 6]
    used = Counter(shard_of(f"txn_{number}", 8) for number in range(4000))
    assert used.keys() == set(range(8))
    assert min(used.values()) > 400


def test_what_was_felt_with_fewer_shards_says_nothing_of_more() -> None:
    strain = ContentionTracker()
    for _ in range(9):
        strain.note("ten_1", 2, conflict=True)
    assert strain.of("ten_1", 4) == 0
    strain.note("ten_1", 4, conflict=True)
    assert 0 < strain.of("ten_1", 4) < GROW_AT
    assert strain.of("ten_1", 2) == 0


@pytest.mark.parametrize(("count", "grown"), [(1, 2), (2, 4), (32, 64), (40, 64)])
def test_under_strain_the_number_doubles_up_to_its_bound(count: int, grown: int) -> None:
    assert target_shards(ShardScaling(count, 1, NOW - PAUSE_MS), GROW_AT, NOW) == grown


def test_growth_waits_for_the_growth_before_to_show() -> None:
    assert target_shards(ShardScaling(4, 1, NOW - PAUSE_MS + 1), 1.0, NOW) is None


def test_at_its_bound_it_is_noted_now_and_then_that_all_are_needed() -> None:
    assert target_shards(ShardScaling(MAX_SHARDS, 1, NOW - KEEP_MS), 1.0, NOW) == MAX_SHARDS
    assert target_shards(ShardScaling(MAX_SHARDS, 1, NOW - KEEP_MS + 1), 1.0, NOW) is None


def test_a_number_that_half_as_many_could_not_stand_for_is_kept() -> None:
    assert target_shards(ShardScaling(8, 1, NOW - QUIET_MS), KEEP_AT, NOW) == 8
    assert target_shards(ShardScaling(8, 1, NOW - KEEP_MS + 1), KEEP_AT, NOW) is None


@pytest.mark.parametrize(("count", "least", "folded"), [(64, 1, 32), (3, 1, 1), (2, 1, 1), (8, 6, 6)])
def test_after_a_quiet_hour_it_halves_but_not_below_the_operators_setting(count: int, least: int, folded: int) -> None:
    assert target_shards(ShardScaling(count, least, NOW - QUIET_MS), 0.0, NOW) == folded
    assert target_shards(ShardScaling(count, least, NOW - QUIET_MS + 1), 0.0, NOW) is None


def test_a_quiet_merchant_writes_nothing_ever() -> None:
    assert target_shards(ShardScaling(), 0.0, NOW) is None
    assert target_shards(ShardScaling(), GROW_AT - 0.01, NOW) is None
    assert target_shards(ShardScaling(16, 16), 0.0, NOW) is None
