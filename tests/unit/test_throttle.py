"""Delays grow, nobody is locked out, and guesses sent at once are not free."""

from __future__ import annotations

import pytest

from batua.errors import Problem
from batua.identity import throttle
from batua.identity.throttle import ACCOUNT, ADDRESS, DEVICE, Bucket, Policy
from batua.store.store import Store
from tests.fakes.dynamodb import FakeDynamoDB

NOW = 1_795_253_400_000


@pytest.fixture
def store() -> Store:
    return Store(FakeDynamoDB(), "Ledger", "Directory")


def attempt(store: Store, policy: Policy, name: str, now: int) -> int:
    """0 where an attempt is let through, else the seconds to wait."""
    try:
        throttle.take_attempt_by_name(store, policy, name, now)
    except Problem as refusal:
        return int(refusal.headers["Retry-After"])
    return 0


def test_delays_double_up_to_the_longest() -> None:
    policy = Policy("any", free=3, first=1_000, longest=10_000, forget=60_000)
    assert [policy.delay(attempts) for attempts in range(1, 9)] == [0, 0, 1000, 2000, 4000, 8000, 10_000, 10_000]
    assert policy.delay(10**9) == 10_000


def test_ten_thousand_guesses_at_once_get_the_free_ones_through_and_no_more(store: Store) -> None:
    let_through = sum(attempt(store, ACCOUNT, "owner@example.com", NOW) == 0 for _ in range(10_000))
    assert let_through == ACCOUNT.free


def test_a_patient_guesser_gets_a_hundred_guesses_a_day(store: Store) -> None:
    now, let_through = NOW, 0
    while now < NOW + 24 * throttle.HOUR:
        wait = attempt(store, ACCOUNT, "owner@example.com", now)
        let_through += wait == 0
        now += wait * 1000 or 1
    assert let_through <= 24 * 4 + 20


def test_the_owners_device_is_not_held_up_by_ten_thousand_guesses_of_others(store: Store) -> None:
    for number in range(10_000):
        attempt(store, ACCOUNT, "owner@example.com", NOW + number)
    assert attempt(store, ACCOUNT, "owner@example.com", NOW + 10_000) > 0
    assert attempt(store, DEVICE, "dev_of_the_owner", NOW + 10_000) == 0


def test_knocking_on_does_not_stretch_a_delay(store: Store) -> None:
    for _ in range(ACCOUNT.free):
        attempt(store, ACCOUNT, "a", NOW)
    assert attempt(store, ACCOUNT, "a", NOW) == 1
    for _ in range(1_000):
        attempt(store, ACCOUNT, "a", NOW + 999)
    assert attempt(store, ACCOUNT, "a", NOW + 1_000) == 0


def test_a_delay_never_lasts_longer_than_its_policy_says(store: Store) -> None:
    now = NOW
    for _ in range(60):
        wait = attempt(store, ACCOUNT, "a", now)
        assert wait * 1000 <= ACCOUNT.longest
        now += wait * 1000 or 1


def test_all_is_forgotten_after_a_quiet_time(store: Store) -> None:
    for _ in range(20):
        attempt(store, ACCOUNT, "a", NOW)
    later = NOW + ACCOUNT.forget + 1
    assert [attempt(store, ACCOUNT, "a", later) for _ in range(ACCOUNT.free)] == [0] * ACCOUNT.free


def test_of_two_that_read_the_same_count_one_has_to_count_anew(store: Store) -> None:
    stale = Bucket.of(ACCOUNT, "a")
    for _ in range(ACCOUNT.free):
        attempt(store, ACCOUNT, "a", NOW)
    with pytest.raises(Problem):
        throttle.take_attempt(store, stale, NOW)


def test_a_good_attempt_clears_the_count(store: Store) -> None:
    for _ in range(ACCOUNT.free):
        attempt(store, ACCOUNT, "a", NOW)
    store.commit([Bucket.of(ACCOUNT, "a").cleared])
    assert attempt(store, ACCOUNT, "a", NOW) == 0


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("nonsense", "unknown"),
    ],
)
def test_addresses_are_counted_as_their_owners_hold_them(address: str, name: str) -> None:
    assert throttle.address_name(address) == name


def test_policies_count_apart(store: Store) -> None:
    for _ in range(ACCOUNT.free + 1):
        attempt(store, ACCOUNT, "a", NOW)
    assert attempt(store, ADDRESS, "a", NOW) == 0
