"""Daily totals: what each kind of entry adds, that a batch fits its transactions, and how far they are complete."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from batua import clock, ids
from batua.ledger import totals
from batua.ledger.decisions import tenant_money
from batua.ledger.decisions.charges import charge_line, decide_charge
from batua.ledger.decisions.tenant_money import FundsHold, FundsLine, FundsState
from batua.ledger.model import Origin
from batua.ledger.records.tenant_money import TransactionContext, line_item
from batua.store import keys
from batua.store.codec import encode
from batua.store.keys import Key
from batua.store.store import Store
from batua.store.writes import Put
from tests.fakes.dynamodb import Wire
from tests.fakes.faults import FaultyClient
from tests.unit.totals_fixtures import (  # noqa: F401 - fixtures
    BOOKS,
    ID,
    MONEY,
    NOW,
    SCOPE,
    SHOP,
    Spy,
    batch,
    coins,
    lines,
    put,
    store,
    table,
    total,
)

DAY, MONTH = keys.wallet_day_key(BOOKS, MONEY.id, 20261121), keys.wallet_month_key(BOOKS, MONEY.id, 202611)


def refused(book: str, partition: str) -> dict[str, Any]:
    key = keys.transaction_key(SCOPE, ID) if book == "coins" else keys.funds_line_key(BOOKS, ID)
    said = {"kind": "refused", "op": "redeem", "g2p": partition, "g2s": f"{clock.iso(NOW)}#{ID}"}
    return {"pk": key.pk, "sk": key.sk, **said}


def moved(into: int, out: int) -> dict[tuple[Key, str], int]:
    return {(key, name): count for key in (DAY, MONTH) for name, count in (("in", into), ("out", out), ("lines", 1))}


# What an entry adds


@pytest.mark.parametrize(
    ("kind", "status"), [("issue", "posted"), ("capture", "posted"), ("hold", "pending"), ("void", "voided")]
)
def test_a_coin_entry_counts_with_its_merchant_on_the_tenants_day_by_its_status(kind: str, status: str) -> None:
    place = total(20261122, "prg_1", kind, status)
    assert totals.sums_of(coins(kind)) == Counter({(place, "count"): 1, (place, "amount"): 7})


def test_a_refusal_counts_as_its_operation_without_an_asset_on_the_day_of_utc_and_comes_to_nothing() -> None:
    place = total(20261121, "-", "redeem", "refused")
    said = {(place, "count"): 1, (place, "amount"): 0}
    assert dict(totals.sums_of(refused("coins", keys.refusals_partition(SCOPE, SHOP)))) == said
    assert dict(totals.sums_of(refused("funds", keys.funds_refusals_partition(BOOKS, SHOP)))) == said


@pytest.mark.parametrize(
    ("posting", "kind", "status", "into", "out"),
    [
        (tenant_money.decide_credit(FundsState(), MONEY, 9, NOW), "credit", "posted", 9, 0),
        (tenant_money.decide_debit(FundsState(), MONEY, 9, NOW), "debit", "posted", 0, 9),
        (
            tenant_money.decide_funds_hold(FundsState(), MONEY, 9, NOW, id="hold_1", expires_at=NOW),
            "hold",
            "pending",
            0,
            0,
        ),
        (
            tenant_money.decide_funds_capture(FundsState(), FundsHold("hold_1", MONEY, 9, NOW + 1), NOW, amount=5),
            "capture",
            "posted",
            0,
            5,
        ),
        (tenant_money.decide_funds_void(FundsState(), FundsHold("hold_1", MONEY, 9, NOW), NOW), "void", "voided", 0, 0),
        (
            tenant_money.decide_funds_void(FundsState(), FundsHold("hold_1", MONEY, 9, 1), NOW, why="expired"),
            "expire",
            "expired",
            0,
            0,
        ),
    ],
)
def test_a_line_counts_on_the_tenants_day_and_moves_its_wallet_on_the_day_of_utc(
    posting: Any, kind: str, status: str, into: int, out: int
) -> None:
    (record,) = lines(posting)
    place = total(20261122, "INR", kind, status)
    amount = posting.amount
    said = {(place, "count"): 1, (place, "amount"): amount, **moved(into, out)}
    assert dict(totals.sums_of(record)) == said


def test_a_transaction_of_several_lines_counts_once_by_its_total_and_every_line_moves_its_wallet() -> None:
    charges = [charge_line(MONEY, amount, credit=False, details={}) for amount in (5, 6)]
    first, second = lines(decide_charge(FundsState(), charges, NOW, reference="order-1"))
    place = total(20261122, "INR", "charge", "posted")
    assert dict(totals.sums_of(first)) == {(place, "count"): 1, (place, "amount"): 11, **moved(0, 5)}
    assert dict(totals.sums_of(second)) == moved(0, 6)


@pytest.mark.parametrize("kind", ["issue", "reverse_issue"])
def test_the_line_of_a_prefunded_issue_moves_its_wallet_and_is_counted_as_the_issue_alone(kind: Any) -> None:
    line = FundsLine(MONEY, kind, 9, (("wallet", -9), ("float", 9)))
    item = line_item(line, 1, TransactionContext(ID, NOW, Origin("key", "::1", SHOP), 20261122))
    key = keys.funds_line_key(BOOKS, ID, 1)
    assert dict(totals.sums_of({"pk": key.pk, "sk": key.sk, **item})) == moved(0, 9)


# What a change of a state moves


def changed(key: Key, before: dict[str, Any] | None, after: dict[str, Any], number: int = 9) -> dict[str, Any]:
    images = {"NewImage": encode({"pk": key.pk, "sk": key.sk, **after}), "SequenceNumber": str(number)}
    if before is not None:
        images["OldImage"] = encode({"pk": key.pk, "sk": key.sk, **before})
    return {"eventName": "MODIFY" if before else "INSERT", "dynamodb": images}


def statuses(store: Store, day: int = 20261122) -> dict[tuple[str, str], tuple[int, int]]:
    found = totals.daily_totals(store, BOOKS, day, day)
    return {(one.kind, one.status): (one.count, one.amount) for one in found if one.count or one.amount}


HOLD = ID.replace("txn_", "hold_")


@pytest.mark.parametrize("state", ["captured", "voided", "expired"])
@pytest.mark.parametrize("book", ["coins", "funds"])
def test_a_hold_that_ended_leaves_pending_on_its_own_day_once(store: Store, book: str, state: str) -> None:
    if book == "coins":
        (record, key) = coins("hold"), keys.hold_key(SCOPE, HOLD)
    else:
        held = tenant_money.decide_funds_hold(FundsState(), MONEY, 7, NOW, id=HOLD, expires_at=NOW)
        (record,), key = lines(held), keys.funds_hold_key(BOOKS, HOLD)
    put(store, record)
    end = changed(key, {"st": "open", "amt": 7}, {"st": state, "amt": 7})
    for _ in range(2):
        assert totals.add_to_totals(store, {"Records": [*batch(record)["Records"], end]}, NOW) == []
    assert statuses(store) == {("hold", state): (1, 7)}
    assert totals.add_to_totals(store, {"Records": [changed(key, None, {"st": "open", "amt": 7})]}, NOW) == []
    assert statuses(store) == {("hold", state): (1, 7)}


@pytest.mark.parametrize("book", ["coins", "funds"])
def test_a_refund_moves_the_original_and_each_sum_counts_once_in_any_order(store: Store, book: str) -> None:
    if book == "coins":
        record, key, kind = coins("redeem"), keys.reversed_sum_key(SCOPE, ID), "redeem"
    else:
        (record,) = lines(tenant_money.decide_debit(FundsState(), MONEY, 7, NOW))
        key, kind = keys.funds_reversed_key(BOOKS, ID), "debit"
    put(store, record)
    totals.add_to_totals(store, batch(record), NOW)
    first, second, last = (
        changed(key, None, {"sum": 2}),
        changed(key, {"sum": 2}, {"sum": 5}),
        changed(key, {"sum": 5}, {"sum": 7}),
    )
    totals.add_to_totals(store, {"Records": [first, second]}, NOW)
    assert statuses(store) == {(kind, "partially_refunded"): (1, 7)}
    for _ in range(2):
        totals.add_to_totals(store, {"Records": [last, first]}, NOW)
    assert statuses(store) == {(kind, "refunded"): (1, 7)}


def test_what_is_undone_of_something_that_lists_show_without_a_state_moves_nothing(store: Store) -> None:
    record = coins("import")
    put(store, record)
    totals.add_to_totals(store, batch(record), NOW)
    totals.add_to_totals(store, {"Records": [changed(keys.reversed_sum_key(SCOPE, ID), None, {"sum": 7})]}, NOW)
    assert statuses(store) == {("import", "posted"): (1, 7)}


@pytest.mark.parametrize(
    ("said", "kind", "asset"),
    [
        ({"op": "wallets.debit", "asset": "INR"}, "debit", "INR"),
        ({"op": "wallets.debit", "as": "hold", "asset": "INR"}, "hold", "INR"),
        ({"op": "transactions.refund"}, "refund", "-"),
        ({"op": "marketplace.checkout", "asset": "prg_1"}, "hold", "prg_1"),
        ({"op": "integration issue"}, "issue", "-"),
        ({"op": "bulk issue"}, "issue", "-"),
    ],
)
def test_a_refusal_is_named_by_what_was_asked_for(store: Store, said: dict[str, str], kind: str, asset: str) -> None:
    record = {**refused("coins", keys.refusals_partition(SCOPE, SHOP)), **said}
    totals.add_to_totals(store, batch(record), NOW)
    assert totals.daily_totals(store, BOOKS, 20261121, 20261121) == [
        totals.DailyTotal(20261121, asset, kind, "refused", 1, 0)
    ]


def test_a_refusal_that_was_counted_under_its_operation_is_named_when_it_is_read(store: Store) -> None:
    store.write(Put(total(20261122, "-", "wallets.debit", "refused"), {"count": 3, "amount": 0}))
    assert totals.daily_totals(store, BOOKS, 20261122, 20261122) == [
        totals.DailyTotal(20261122, "-", "debit", "refused", 3, 0)
    ]


# Batches


def test_only_new_entries_of_either_book_are_added(store: Store, table: Spy) -> None:
    changed, gone = batch(coins("issue"), coins("issue"))["Records"]
    changed["eventName"], gone["dynamodb"] = "MODIFY", {"SequenceNumber": "9"}
    key = keys.funds_reversed_key(BOOKS, ID)
    beside = [
        {"pk": keys.wallet_key(SCOPE, ids.derived_id("wal", "a")).pk, "sk": "BAL", "kind": "x"},
        {"pk": key.pk, "sk": key.sk, "sum": 5},
        {"pk": keys.transaction_key(SCOPE, ID).pk, "sk": "OTHER", "kind": "x"},
    ]
    charges = [charge_line(MONEY, 5, credit=False, details={}) for _ in range(2)]
    there = batch(*beside, coins("redeem"), *lines(decide_charge(FundsState(), charges, NOW, reference="order-1")))
    assert totals.add_to_totals(store, {"Records": [changed, gone, *there["Records"]]}, NOW) == []
    assert table.committed == []
    assert [(one.kind, one.count) for one in totals.daily_totals(store, BOOKS, 20261122, 20261122)] == [
        ("charge", 1),
        ("redeem", 1),
    ]


def test_entries_that_come_together_share_what_they_write(store: Store, table: Spy) -> None:
    totals.add_to_totals(store, batch(coins("issue", name="first")), NOW)
    table.updated.clear()
    same = [coins("issue", name=str(n)) for n in range(100)]
    assert totals.add_to_totals(store, batch(*same), NOW) == []
    assert table.committed == []
    names = [len(request["ExpressionAttributeValues"]) - 6 for request in table.updated]
    assert names[0] == 90
    for request in table.updated:
        condition = request["ConditionExpression"]
        assert len(condition.encode()) <= 4096
        assert 2 * condition.count("NOT ") + condition.count(" AND ") + condition.count("<") <= 300, (
            "DynamoDB's limit of operators"
        )
    (counted,) = totals.daily_totals(store, BOOKS, 20261122, 20261122)
    assert (counted.count, counted.amount) == (101, 707)


def test_an_entry_that_comes_alone_is_one_write_a_row_and_nothing_is_read(store: Store, table: Spy) -> None:
    totals.add_to_totals(store, batch(coins("issue", name="first")), NOW)
    table.calls.clear()
    assert totals.add_to_totals(store, batch(coins("issue", name="second", at=NOW + 5)), NOW) == []
    assert table.calls == ["UpdateItem"]


def test_what_was_added_before_is_left_out_and_the_rest_is_added(store: Store) -> None:
    first, second = coins("issue", name="1"), coins("issue", name="2", amt=5)
    assert totals.add_to_totals(store, batch(first), NOW) == []
    for _ in range(2):
        assert totals.add_to_totals(store, batch(first, second), NOW) == []
    assert totals.daily_totals(store, BOOKS, 20261122, 20261122) == [
        totals.DailyTotal(20261122, "prg_1", "issue", "posted", 2, 12)
    ]


def test_what_was_added_meanwhile_is_left_out_also_where_the_reasons_do_not_tell_it(table: Spy) -> None:
    """Some engines, and a page that another transaction is just writing, say no more than that a condition failed."""

    class Silent(Spy):
        def reason(self, write: Wire, result: Any) -> Wire:
            return {name: value for name, value in super().reason(write, result).items() if name != "Item"}

    store = Store(Silent(), "ledger", "directory", sleep=lambda seconds: None)
    first, second = coins("issue", name="1"), coins("issue", name="2", amt=5)
    assert totals.add_to_totals(store, batch(first), NOW) == []
    assert totals.add_to_totals(store, batch(first, second), NOW) == []
    (counted,) = totals.daily_totals(store, BOOKS, 20261122, 20261122)
    assert (counted.count, counted.amount) == (2, 12)


def test_entries_on_two_pages_of_which_one_was_added_are_told_apart(store: Store) -> None:
    early, late = coins("issue", name="1"), coins("issue", name="2", at=NOW + 2000, amt=5)
    assert totals.add_to_totals(store, batch(late), NOW) == []
    for _ in range(2):
        assert totals.add_to_totals(store, batch(early, late), NOW) == []
    (counted,) = totals.daily_totals(store, BOOKS, 20261122, 20261122)
    assert (counted.count, counted.amount) == (2, 12)


def test_what_the_table_does_not_take_is_asked_for_again_and_little_else_is_tried(table: Spy) -> None:
    client = FaultyClient(table)
    client.plan = iter(["throttle"] * 500)
    store = Store(client, "ledger", "directory", sleep=lambda seconds: None)
    apart = [coins("issue", name=str(n), day=20260000 + n) for n in range(60)]
    assert totals.add_to_totals(store, batch(*apart), NOW) == [str(n) for n in range(60)]
    assert len(client.met) < 30
    client.plan = iter(())
    assert totals.add_to_totals(store, batch(*apart), NOW) == []
    assert {one.count for one in totals.daily_totals(store, BOOKS, 0, 99999999)} == {1}


def test_a_row_that_fails_leaves_the_days_total_uncounted_so_that_all_of_the_entry_comes_again(table: Spy) -> None:
    """`complete_to` looks at the day's total alone."""
    client = FaultyClient(table)
    store = Store(client, "ledger", "directory", sleep=lambda seconds: None)
    (record,) = lines(tenant_money.decide_debit(FundsState(), MONEY, 9, NOW))
    for failing in range(2):
        client.plan = iter([*["none"] * 2 * failing, *["throttle"] * 6])
        assert totals.add_to_totals(store, batch(record), NOW) == ["0"]
        assert totals.daily_totals(store, BOOKS, 20261122, 20261122) == []
    assert totals.add_to_totals(store, batch(record), NOW) == []
    assert statuses(store) == {("debit", "posted"): (1, 9)}
    found = store.read([DAY, MONTH])
    assert [(row or {})["out"] for row in found.values()] == [9, 9]


# Reading them


def test_totals_are_told_between_two_days_both_inclusive(store: Store) -> None:
    apart = [coins("issue", name=str(day), day=day) for day in (20261119, 20261120, 20261121, 20261122)]
    totals.add_to_totals(store, batch(*apart), NOW)
    assert [one.day for one in totals.daily_totals(store, BOOKS, 20261120, 20261121)] == [20261120, 20261121]


def test_a_total_that_says_no_more_is_nothing(store: Store) -> None:
    store.write(Put(total(20261122, "prg_1", "issue", "posted"), {}))
    assert totals.daily_totals(store, BOOKS, 0, 99999999) == [
        totals.DailyTotal(20261122, "prg_1", "issue", "posted", 0, 0)
    ]
