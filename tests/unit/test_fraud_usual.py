"""Bills and coins far above what is usual at a merchant."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batua import ids
from batua.fraud import model, rules
from batua.fraud import watch as watching
from batua.fraud.rules import (
    WINDOW_MINUTE_MS,
    Baseline,
)
from batua.store import fraud_keys
from batua.store.store import Store
from tests.unit.fraud_fixtures import (
    BEGIN,
    BILL,
    COINS,
    TENANT,
    a_store,
    flags,
    issued,
    rapid,
    store,  # noqa: F401 - fixtures
    watch,
)

# Above the usual


def test_a_bill_far_above_the_usual_one_is_flagged_with_the_figures(store: Store) -> None:
    watch(store, *(issued(n, "450.00" if n % 2 else "550.00") for n in range(40)))
    watch(store, issued(50, "4000.00"))
    assert flags(store) == [], "eight times the usual bill is still let through"
    watch(store, issued(51, "9500.00"))
    (flag,) = flags(store)
    assert flag.rule == "bill_above_usual"
    assert [each.bill for each in flag.movements] == [950_000]
    assert flag.figures["bill"] == "9500.00"
    assert flag.figures["issues_before"] == 41


def test_before_there_is_a_history_nothing_is_unusual(store: Store) -> None:
    watch(store, *(issued(n, "1.00") for n in range(BILL.history - 1)), issued(98, "999999.00"))
    assert flags(store) == []


def test_coins_that_somebody_named_have_a_usual_of_their_own(store: Store) -> None:
    watch(store, *(issued(n, None, coins="10") for n in range(COINS.history)))
    watch(store, issued(60, "1000.00", coins="5000"))
    assert flags(store) == []
    watch(store, issued(61, None, coins="5000", program_id=ids.derived_id("prg", "another")))
    assert flags(store) == []
    watch(store, issued(62, None, coins="5000"), issued(63, "1000.00", coins="5000", rule_id=None))
    assert [flag.rule for flag in flags(store)] == ["coins_above_usual"] * 2, "a bill beside them explains nothing"


def test_an_unusual_bill_that_comes_twice_is_one_flag_and_is_counted_once(store: Store) -> None:
    watch(store, *(issued(n, "500.00") for n in range(BILL.history)))
    for _ in range(3):
        watch(store, issued(70, "90000.00"), issued(3, "500.00"))
    assert len(flags(store)) == 1
    record = store.read([key := fraud_keys.baseline_key("live", TENANT, "bill")])[key]
    assert record is not None
    assert record["n"] == BILL.history + 1
    assert record["sum"] == BILL.history * 50_000 + 8 * 50_000, "it counts as the highest usual one"


def test_what_was_not_unusual_when_it_came_is_not_when_it_comes_again(store: Store) -> None:
    early = issued(0, "90000.00")
    watch(store, early, *(issued(n, "500.00") for n in range(1, model.MAX_NAMES - 1)))
    watch(store, issued(1001, "90000.00"), early)
    assert len(flags(store)) == 1


def test_a_batch_reads_and_writes_what_is_usual_once_and_finds_what_single_events_do(store: Store) -> None:
    events = [*(issued(n, "500.00") for n in range(BILL.history)), issued(70, "90000.00"), issued(71, "500.00")]
    apart = a_store()
    watch(apart, *events)
    written: list[Any] = []
    write = store.write
    store.write = lambda change, **more: (written.append(change), write(change, **more))[1]  # type: ignore[method-assign]
    assert watching.check_movements(store, [*events, events[3]], BEGIN) == []
    key = fraud_keys.baseline_key("live", TENANT, "bill")
    assert sum(change.key == key for change in written) == 1
    assert store.read([key]) == apart.read([key])
    assert [flag.movements for flag in flags(store)] == [flag.movements for flag in flags(apart)]
    assert len(flags(store)) == 1
    assert watching.check_movements(store, events, BEGIN) == []
    assert store.read([key]) == apart.read([key])


def test_what_is_usual_takes_one_write_unit_however_much_it_has_counted(store: Store) -> None:
    for first in (0, model.MAX_NAMES):
        watching.check_movements(store, [issued(first + n, "500.00") for n in range(model.MAX_NAMES)], BEGIN)
    record = store.read([key := fraud_keys.baseline_key("live", TENANT, "bill")])[key]
    assert record is not None
    assert record["n"] == 2 * model.MAX_NAMES
    assert len(record["last"]) + len(record["pk"]) < 1000


def test_of_a_merchant_with_hundreds_of_issues_one_of_eight_is_written_and_stands_for_all(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, each, written = fraud_keys.baseline_key("live", TENANT, "bill"), rules.EACH_COUNTED, []
    watching.check_movements(store, [issued(n, "500.00") for n in range(each)], BEGIN)
    write = store.write
    monkeypatch.setattr(store, "write", lambda change, **more: (written.append(change.key), write(change, **more))[1])
    watch(store, *(issued(each + n, "700.00") for n in range(800)))
    record = store.read([key])[key]
    assert record is not None
    assert len(written) == (record["n"] - each) / 8
    assert 80 <= len(written) <= 120
    assert record["sum"] == each * 50_000 + (record["n"] - each) * 70_000
    # What no other stands for is flagged as before.
    watch(store, *(issued(5000 + n, "90000.00") for n in range(5)))
    assert len(flags(store)) == 5


def test_two_functions_with_the_same_issue_count_it_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    write, ran = store.write, []

    def beside(change: Any) -> None:
        if not ran:
            ran.append(True)
            watch(store, issued(1, "500.00"))
        write(change)

    monkeypatch.setattr(store, "write", beside)
    watch(store, issued(1, "500.00"))
    record = store.read([key := fraud_keys.baseline_key("live", TENANT, "bill")])[key]
    assert record is not None
    assert (record["n"], record["sum"]) == (1, 50_000)


def test_bills_of_redemptions_are_nobodys_usual(store: Store) -> None:
    watch(store, *(replace(event, data={**event.data, "bill_amount": "500.00"}) for event in rapid(3)))
    key = fraud_keys.baseline_key("live", TENANT, "bill")
    assert store.read([key])[key] is None


def test_bills_that_differ_much_allow_more_than_bills_that_are_alike(store: Store) -> None:
    watch(store, *(issued(n, "5000.00" if n % 2 else "100.00") for n in range(100)))
    watch(store, issued(200, "27000.00"))
    assert flags(store) == [], "more than eight times the mean, and not far from others"
    watch(store, issued(201, "60000.00"))
    assert len(flags(store)) == 1


def test_a_merchant_whose_bills_have_grown_is_not_flagged_for_ever(store: Store) -> None:
    watch(store, *(issued(n, "100.00") for n in range(30)))
    watch(store, *(issued(100 + n, "5000.00") for n in range(300)))
    raised = flags(store)
    assert 0 < len(raised) < 150
    assert max(flag.movements[0].at for flag in raised) < BEGIN + 250 * WINDOW_MINUTE_MS


def test_spread_bills_of_a_merchant_allow_more(store: Store) -> None:
    """A jeweller: most bills are small, some are fifty times as high."""
    assert Baseline(100, 100 * 1_000, 100 * 900).highest(BILL) == 1_000 + 12 * 900
    assert Baseline(100, 100 * 1_000, 0).highest(BILL) == 8 * 1_000


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 10**15), min_size=30, max_size=60))
def test_what_is_usual_stays_between_the_least_and_the_highest(values: list[int]) -> None:
    usual = Baseline()
    for value in values:
        more = usual.with_value(BILL, value)
        usual = Baseline(usual.count + more.count, usual.sum + more.sum, usual.distance + more.distance)
    assert min(values) <= usual.mean <= max(values)
    assert usual.distance >= 0
    highest = usual.highest(BILL)
    assert highest is not None
    assert highest >= usual.mean
