"""Fraud flags: what raises them and what does not, and that events twice, out of order or at once change nothing."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batua import ids
from batua.events.event import Event
from batua.fraud import model
from batua.fraud import watch as watching
from batua.fraud.model import MAX_ENTRIES, FlagReview, FraudFlag, flag_item
from batua.fraud.rules import (
    BURSTS,
    OUTLIERS,
    WINDOW_MINUTE_MS,
    BurstRule,
    OutlierRule,
    burst_around,
    read_movement,
)
from batua.store import fraud_keys
from batua.store.store import Store
from batua.store.writes import Put
from tests.unit.fraud_fixtures import (
    BEGIN,
    BILL,
    CASHIER,
    TENANT,
    WALLET,
    a_store,
    at,
    event_at,
    flags,
    issued,
    rapid,
    store,  # noqa: F401 - fixtures
    watch,
)

RAPID, SAME_HANDS = BURSTS


# Many redemptions in a short time


def test_as_many_redemptions_of_a_wallet_as_the_rule_says_raise_a_flag_that_names_them(store: Store) -> None:
    events = rapid(RAPID.count)
    watch(store, *events[:-1])
    assert flags(store) == []
    watch(store, events[-1])
    (flag,) = flags(store)
    assert (flag.rule, flag.rule_version, flag.status) == ("rapid_redemptions", RAPID.version, "open")
    assert [each.event for each in flag.movements] == [event.id for event in events]
    assert flag.figures == {"movements": 5, "enough_for_a_flag": 5, "within_minutes": 10, "coins": "50.00"}


def test_a_burst_that_goes_on_is_one_flag(store: Store) -> None:
    watch(store, *rapid(12))
    (flag,) = flags(store)
    assert len(flag.movements) == flag.figures["movements"] == 12


def test_redemptions_that_are_slow_enough_raise_none(store: Store) -> None:
    watch(store, *rapid(40, every=RAPID.window_ms // (RAPID.count - 1) + 1))
    assert flags(store) == []


def test_what_is_captured_from_a_hold_counts_as_a_redemption(store: Store) -> None:
    watch(store, *(replace(event, type="coins.captured") for event in rapid(RAPID.count)))
    assert len(flags(store)) == 1


def test_other_wallets_tenants_and_the_sandbox_are_counted_by_themselves(store: Store) -> None:
    events = rapid(RAPID.count - 1)
    other = {"wallet_id": ids.derived_id("wal", "another")}
    last = event_at(90, BEGIN + 1)
    watch(
        store,
        *events,
        event_at(91, BEGIN + 1, **other),
        event_at(92, BEGIN + 1, tenant=ids.derived_id("ten", "another")),
    )
    watch(store, replace(last, mode="test"))
    assert flags(store) == []
    watch(store, last)
    assert len(flags(store)) == 1


def test_events_that_come_twice_change_nothing(store: Store) -> None:
    events = rapid(7)
    watch(store, *events, *events, *reversed(events))
    (flag,) = flags(store)
    assert len(flag.movements) == 7
    assert flag.version == 3


TIMES = st.lists(st.integers(0, 60), min_size=1, max_size=14)


@settings(max_examples=150, deadline=None)
@given(TIMES, st.randoms(use_true_random=False))
def test_in_whatever_order_events_come_the_same_movements_are_flagged_once(minutes: list[int], chance: Any) -> None:
    events = [event_at(n, BEGIN + minute * WINDOW_MINUTE_MS) for n, minute in enumerate(minutes)]
    arriving = [*events, *chance.sample(events, len(events) // 2)]
    chance.shuffle(arriving)
    store = a_store()
    watch(store, *arriving)
    named = [movement.event for flag in flags(store) for movement in flag.movements]
    naive = {
        event.id
        for first in events
        for window in [[e for e in events if first.created_at <= e.created_at <= first.created_at + RAPID.window_ms]]
        if len(window) >= RAPID.count
        for event in window
    }
    assert sorted(named) == sorted(naive)


def test_two_functions_that_find_one_burst_at_once_raise_one_flag(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second runs wholly between what the first reads and what it writes."""
    events = rapid(RAPID.count + 1)
    watch(store, *events[:-2])
    commit, ran = store.commit, []

    def beside(writes: Any, **more: Any) -> None:
        if not ran:
            ran.append(True)
            watch(store, events[-1])
        commit(writes, **more)

    monkeypatch.setattr(store, "commit", beside)
    watch(store, events[-2])
    (flag,) = flags(store)
    assert len(flag.movements) == RAPID.count + 1


class Died(Exception):
    """The function, at one of its writes."""


@pytest.mark.parametrize("after", [False, True], ids=["before the write", "after it"])
@pytest.mark.parametrize("which", range(6))
def test_a_function_that_dies_at_any_write_leaves_what_the_next_one_ends(which: int, after: bool) -> None:
    hands = {"type": "coins.issued", "by": CASHIER, "bill_amount": "500.00", "rule_id": ids.derived_id("rule", "r")}
    events = [event_at(n, BEGIN + n * WINDOW_MINUTE_MS, **hands) for n in range(5)]
    events += [issued(10 + n, "500.00") for n in range(BILL.history)]
    last = event_at(90, BEGIN + 9 * WINDOW_MINUTE_MS, **{**hands, "bill_amount": "99999.00"})
    store, dying = a_store(), []
    watch(store, *events)

    def mortal(call: Any) -> Any:
        def made(*given: Any, **more: Any) -> Any:
            dying.append(True)
            if after:
                call(*given, **more)
            if len(dying) == which + 1:
                raise Died
            return None if after else call(*given, **more)

        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "write", mortal(store.write))
        patch.setattr(store, "commit", mortal(store.commit))
        with contextlib.suppress(Died):
            watch(store, last)
    watch(store, last)
    assert sorted(flag.rule for flag in flags(store)) == ["bill_above_usual", "same_hands"]
    record = store.read([key := fraud_keys.baseline_key("live", TENANT, "bill")])[key]
    assert record is not None
    assert record["n"] in (len(events), len(events) + 1)


def closed(store: Store, flag: FraudFlag) -> None:
    reviewed = replace(flag, review=FlagReview("harmless", None, "usr_1", BEGIN), version=flag.version + 1)
    store.write(Put(flag.key, flag_item(reviewed)))


def test_what_goes_on_after_a_flag_was_closed_has_to_be_enough_by_itself(store: Store) -> None:
    watch(store, *rapid(5, every=1000))
    (flag,) = flags(store)
    closed(store, flag)
    later = rapid(5, every=1000, begin=BEGIN + 10_000, first=10)
    watch(store, *later[:-1], *later[:-1])
    assert len(flags(store)) == 1
    watch(store, later[-1])
    watch(store, *rapid(5, every=1000))
    first, second = flags(store)
    assert (first.status, len(first.movements)) == ("closed", 5)
    assert (second.status, [each.event for each in second.movements]) == ("open", [event.id for event in later])


def test_a_burst_without_end_has_several_flags_each_of_what_one_transaction_can_write(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MAX_ENTRIES < 100
    for module in (watching, model):
        monkeypatch.setattr(module, "MAX_ENTRIES", 10)
    monkeypatch.setattr(watching, "_MAX_SCANNED", 40)
    events = rapid(58, every=1000)
    watch(store, *events, *events)
    named = [movement.event for flag in flags(store) for movement in flag.movements]
    assert [len(flag.movements) for flag in flags(store)] == [10, 10, 10, 10, 10, 8]
    assert named == [event.id for event in events]


def test_what_is_more_than_one_flag_can_name_is_named_in_part(store: Store) -> None:
    """A rule of yesterday that let more go by has left many movements behind."""
    place = fraud_keys.sightings_partition("live", TENANT, RAPID.id, WALLET)
    for movement in (at(n, BEGIN + n * 1000) for n in range(120)):
        store.write(
            Put(fraud_keys.sighting_key(place, movement.at, movement.event), model.sighting_item(movement, BEGIN))
        )
    watch(store, event_at(500, BEGIN + 60_500))
    (flag,) = flags(store)
    assert len(flag.movements) == model.MAX_ENTRIES


def test_a_flag_that_is_closed_while_a_burst_goes_on_stays_closed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verdict falls between what the function reads and what it writes."""
    events = rapid(RAPID.count + 1)
    watch(store, *events[:-1])
    commit, ran = store.commit, []

    def beside(writes: Any, **more: Any) -> None:
        if not ran:
            ran.append(True)
            closed(store, flags(store)[0])
        commit(writes, **more)

    monkeypatch.setattr(store, "commit", beside)
    watch(store, events[-1])
    assert [(flag.status, len(flag.movements)) for flag in flags(store)] == [("closed", RAPID.count)]


# The same hands


def test_a_person_who_serves_one_customer_again_and_again_is_flagged(store: Store) -> None:
    hands = {"type": "coins.issued", "by": CASHIER}
    watch(store, *(event_at(n, BEGIN + n * 3 * 3_600_000, **hands) for n in range(6)))
    (flag,) = flags(store)
    assert (flag.rule, len(flag.movements)) == ("same_hands", 6)


def test_a_person_who_serves_many_customers_and_a_key_that_serves_one_are_not(store: Store) -> None:
    for n in range(30):
        watch(
            store,
            event_at(
                n, BEGIN + n * WINDOW_MINUTE_MS, "coins.issued", by=CASHIER, customer_id=ids.derived_id("cust", str(n))
            ),
        )
        watch(store, event_at(100 + n, BEGIN + n * WINDOW_MINUTE_MS, "coins.issued"))
    assert flags(store) == []


# What the rules are about


def test_other_events_are_let_by(store: Store) -> None:
    for type in ("coins.expired", "coins.reversed", "coins.held", "wallet.debited", "webhook.test"):
        event = replace(event_at(1, BEGIN), type=type, data={})
        assert read_movement(event) is None
        watch(store, event)
    assert store.query("directory", fraud_keys.flags_partition("live", TENANT)).items == []


def test_amounts_are_read_in_hundredths_whatever_their_decimals() -> None:
    read = read_movement(event_at(1, BEGIN, coins="2.5", bill_amount="1250.05"))
    assert read is not None
    assert (read.coins, read.bill) == (250, 125_005)


def test_each_rule_has_a_name_of_its_own_and_says_what_it_found() -> None:
    rules: list[BurstRule | OutlierRule] = [*BURSTS, *OUTLIERS]
    assert len({rule.id for rule in rules}) == len(rules)
    assert all(rule.version >= 1 and rule.says for rule in rules)


def test_the_documents_name_every_rule_in_its_version() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/events.md").read_text(encoding="utf-8")
    table = page.partition("## Fraud flags")[2].partition("##")[0]
    event_at = {
        row.split("|")[1].strip(): row.split("|")[2].strip() for row in table.splitlines() if row.startswith("| `")
    }
    assert event_at == {f"`{rule.id}`": str(rule.version) for rule in (*BURSTS, *OUTLIERS)}


def test_a_burst_before_or_after_a_movement_is_not_its_own() -> None:
    alone, far = at(99, BEGIN), RAPID.window_ms + 1
    burst = [at(n, BEGIN + far - 4 + n) for n in range(8)]
    assert burst_around(RAPID, [alone, *burst[1:]], alone) == []
    assert burst_around(RAPID, [alone, *burst], alone) == [alone, *burst[:4]]
    assert burst_around(RAPID, [alone, *burst], burst[0]) == [alone, *burst]


def test_a_window_is_closed_at_both_ends() -> None:
    edge = [at(n, BEGIN) for n in range(4)]
    assert burst_around(RAPID, [*edge, inside := at(9, BEGIN + RAPID.window_ms)], inside)
    assert not burst_around(RAPID, [*edge, outside := at(9, BEGIN + RAPID.window_ms + 1)], outside)


def message(event: Event, id: str) -> dict[str, str]:
    return {"messageId": id, "body": json.dumps({"detail": json.loads(event.detail())})}


def test_of_a_batch_only_what_failed_comes_again(store: Store) -> None:
    events = rapid(RAPID.count)
    records = [message(event, f"m{n}") for n, event in enumerate(events)]
    records += [{"messageId": "bad", "body": "{"}, message(replace(event_at(99, BEGIN), data={}), "empty")]
    answer = watching.consume_movements(store, {"Records": records})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}, {"itemIdentifier": "empty"}]}
    assert len(flags(store)) == 1
