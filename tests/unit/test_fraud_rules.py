"""Fraud flags: what raises them and what does not, and that events twice, out of order or at once change nothing."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batua import clock, ids
from batua.events.event import Event, sequence_number
from batua.fraud import model, rules
from batua.fraud import watch as watching
from batua.fraud.model import MAX_ENTRIES, FlagReview, FraudFlag, flag_item, read_flag
from batua.fraud.rules import (
    BURSTS,
    OUTLIERS,
    WINDOW_MINUTE_MS,
    Baseline,
    BurstRule,
    OutlierRule,
    WatchedMovement,
    burst_around,
    read_movement,
)
from batua.store import fraud_keys
from batua.store.store import Store
from batua.store.writes import Put
from tests.fakes.dynamodb import FakeDynamoDB

RAPID, SAME_HANDS = BURSTS
BILL, COINS = OUTLIERS
BEGIN = clock.parse_iso("2026-11-02T06:00:00Z")
TENANT, PROGRAM = ids.derived_id("ten", "t"), ids.derived_id("prg", "p")
CASHIER, WALLET, CUSTOMER = ids.derived_id("usr", "u"), ids.derived_id("wal", "w"), ids.derived_id("cust", "c")


def event_at(n: int, at: int, type: str = "coins.redeemed", tenant: str = TENANT, **data: Any) -> Event:
    """The event of the nth movement."""
    content = {
        "transaction_id": ids.derived_id("txn", str(n)),
        "wallet_id": WALLET,
        "customer_id": CUSTOMER,
        "program_id": PROGRAM,
        "coins": "10",
        "bill_amount": None,
        "rule_id": None,
        "by": "key_01J9ZQ6W3V8Y5T2R7N4K1M0PXB",
        **data,
    }
    id = ids.dated_id("evt", at, str(n), tenant)
    return Event(id, type, 1, at, tenant, "live", WALLET, sequence_number(n), content)


def issued(n: int, bill: str | None, **data: Any) -> Event:
    """To a customer of its own: by a rule on a bill, or as many coins as somebody named."""
    customer, rule = ids.derived_id("cust", str(n)), ids.derived_id("rule", "r") if bill else None
    fields = {"bill_amount": bill, "customer_id": customer, "rule_id": rule, **data}
    return event_at(n, BEGIN + n * WINDOW_MINUTE_MS, "coins.issued", **fields)


@pytest.fixture
def store() -> Store:
    return a_store()


def a_store() -> Store:
    return Store(FakeDynamoDB(), "ledger", "directory", sleep=lambda seconds: None)


def watch(store: Store, *events: Event) -> None:
    for event in events:
        watching.check_movement(store, event, event.created_at + 500)


def flags(store: Store, tenant: str = TENANT) -> list[FraudFlag]:
    return [read_flag(record) for record in store.query_all("directory", fraud_keys.flags_partition("live", tenant))]


def rapid(count: int, every: int = WINDOW_MINUTE_MS, begin: int = BEGIN, first: int = 0) -> list[Event]:
    return [event_at(first + n, begin + n * every) for n in range(count)]


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


def at(n: int, instant: int) -> WatchedMovement:
    movement = read_movement(event_at(n, instant))
    assert movement is not None
    return movement


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
