"""Daily totals: what each kind of entry adds, that a batch fits its transactions, and how far they are complete."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from batua import clock, ids
from batua.ledger import counting, totals
from batua.ledger.counting import EntryMark
from batua.ledger.decisions import tenant_money
from batua.ledger.decisions.charges import charge_line, decide_charge
from batua.ledger.decisions.tenant_money import FundsHold, FundsLine, FundsPosting, FundsState
from batua.ledger.model import Origin
from batua.ledger.records.tenant_money import TransactionContext, line_item, posting_items
from batua.store import keys
from batua.store.codec import decode, encode
from batua.store.keys import Key
from batua.store.store import Store
from batua.store.writes import Put
from tests.fakes.dynamodb import FakeDynamoDB, Wire
from tests.fakes.faults import FaultyClient

OWNER, SHOP = ids.derived_id("ten", "owner"), ids.derived_id("ten", "shop")
SCOPE, BOOKS = keys.scope("test", OWNER), keys.scope("test", SHOP)
MONEY = tenant_money.tenant_wallet("test", SHOP)
NOW = clock.parse_iso("2026-11-21T23:30:00.000Z")
ID = ids.derived_id("txn", "one")
DAY, MONTH = keys.wallet_day_key(BOOKS, MONEY.id, 20261121), keys.wallet_month_key(BOOKS, MONEY.id, 202611)


class Spy(FakeDynamoDB):
    """Keeps what it was asked."""

    def __init__(self, page: int = 1000) -> None:
        super().__init__(page)
        self.committed: list[list[Wire]] = []
        self.updated: list[Wire] = []
        self.queried: list[Wire] = []

    def transact_write_items(self, TransactItems: list[Wire], ClientRequestToken: str) -> Wire:  # noqa: N803
        self.committed.append(TransactItems)
        return super().transact_write_items(TransactItems, ClientRequestToken)

    def update_item(self, **request: Any) -> Wire:
        self.updated.append(request)
        return super().update_item(**request)

    def query(self, **request: Any) -> Wire:
        self.queried.append(request)
        return super().query(**request)


@pytest.fixture
def table() -> Spy:
    return Spy()


@pytest.fixture
def store(table: Spy) -> Store:
    return Store(table, "ledger", "directory", sleep=lambda seconds: None)


def coins(kind: str, *, at: int = NOW, name: str = "one", **more: Any) -> dict[str, Any]:
    """A coin entry, as far as totals look at it. The tenant's day is a day on from that of UTC."""
    key = keys.transaction_key(SCOPE, ids.derived_id("txn", name))
    place = {"g2p": keys.activity_partition(SCOPE, SHOP), "g2s": f"{clock.iso(at)}#{name}"}
    entry = {"kind": kind, "asset": "prg_1", "amt": 7, "day": 20261122, **place}
    return {"pk": key.pk, "sk": key.sk, **entry, **more}


def refused(book: str, partition: str) -> dict[str, Any]:
    key = keys.transaction_key(SCOPE, ID) if book == "coins" else keys.funds_line_key(BOOKS, ID)
    said = {"kind": "refused", "op": "redeem", "g2p": partition, "g2s": f"{clock.iso(NOW)}#{ID}"}
    return {"pk": key.pk, "sk": key.sk, **said}


def lines(posting: Any) -> list[dict[str, Any]]:
    assert isinstance(posting, FundsPosting)
    made = posting_items(ID, posting, Origin("usr", "::1", SHOP), b"print", 20261122)
    return [{"pk": key.pk, "sk": key.sk, **item} for key, item in made]


def batch(*records: dict[str, Any]) -> dict[str, Any]:
    return {
        "Records": [
            {"eventName": "INSERT", "dynamodb": {"NewImage": encode(record), "SequenceNumber": str(number)}}
            for number, record in enumerate(records)
        ]
    }


def total(day: int, asset: str, kind: str, status: str) -> Key:
    return Key("directory", f"TOTALS#{BOOKS}", f"{day}#{asset}#{kind}#{status}")


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


# Names that a row no longer keeps


def counts(store: Store) -> tuple[int, int]:
    (counted,) = totals.daily_totals(store, BOOKS, 20261122, 20261122)
    return counted.count, counted.amount


def spilled(table: Spy) -> list[dict[str, Any]]:
    found = [decode(item) for place, item in table.items.items() if place[1].startswith("COUNTED#TOTALS#")]
    return sorted(found, key=lambda item: str(item["sk"]))


def one_by_one(store: Store, records: Sequence[dict[str, Any]]) -> None:
    for record in records:
        assert totals.add_to_totals(store, batch(record), NOW) == []


def test_names_of_before_are_spilled_and_what_they_name_is_not_added_again(store: Store, table: Spy) -> None:
    records = [coins("issue", name=str(n), at=NOW + 1000 * n) for n in range(130)]
    one_by_one(store, records)
    assert counts(store) == (130, 910)
    there = spilled(table)
    assert len(there) == 3
    assert {item["ttl"] for item in there} == {NOW // 1000 + 7 * 86_400}
    row = decode(table.items["directory", f"TOTALS#{BOOKS}", "20261122#prg_1#issue#posted"])
    assert row["_hi"] == int(there[-1]["sk"])
    assert row["_n"] == len(row["_ids"]) <= 40
    for again in (records, records[::-1], records[::7]):
        one_by_one(store, again)
        assert totals.add_to_totals(store, batch(*again[:90]), NOW) == []
    assert counts(store) == (130, 910)


def test_what_was_spilled_into_many_items_is_found_in_all_of_them(
    store: Store, table: Spy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "FEW", 2)
    records = [coins("issue", name=str(n), at=NOW + 4000 * n) for n in range(90)]
    one_by_one(store, records)
    assert len(spilled(table)) > 25, "more than one query returns"
    assert totals.add_to_totals(store, batch(*records), NOW) == []
    assert counts(store) == (90, 630)


def test_an_entry_before_what_was_spilled_is_added_once_however_late_it_comes(store: Store, table: Spy) -> None:
    records = [coins("issue", name=str(n), at=NOW + 1000 * n) for n in range(60)]
    late = [records.pop(3), records.pop(20), coins("issue", name="new", at=NOW + 3000)]
    one_by_one(store, records)
    assert spilled(table)
    for _ in range(2):
        assert totals.add_to_totals(store, batch(*late, *records), NOW) == []
        one_by_one(store, late)
    assert counts(store) == (61, 427)


def test_the_page_of_a_late_entry_is_that_of_its_books_and_two_seconds_and_is_kept_for_a_week(
    store: Store, table: Spy
) -> None:
    for record in (coins("issue"), *lines(tenant_money.decide_debit(FundsState(), MONEY, 7, NOW))):
        for row, _ in totals.sums_of(record):
            store.write(Put(row, {"count": 0}))  # begun before rows kept names
        assert totals.add_to_totals(store, batch(record), NOW) == []
    pages = {place: decode(item) for place, item in table.items.items() if place[1].startswith("COUNTED#")}
    assert set(pages) == {("directory", f"COUNTED#{scope}", f"{NOW // 2000:012d}") for scope in (SCOPE, BOOKS)}
    assert {page["ttl"] for page in pages.values()} == {NOW // 1000 + 7 * 86_400}
    assert sorted(len(page["ids"]) for page in pages.values()) == [1, 3], "one name for each row"


def test_hundreds_of_entries_of_one_instant_are_counted_once(store: Store, table: Spy) -> None:
    """As with the clock of a sandbox that stands still."""
    records = [coins("issue", name=str(n)) for n in range(900)]
    for start in range(0, 900, 60):
        for _ in range(2):
            assert totals.add_to_totals(store, batch(*records[start : start + 60]), NOW) == []
    one_by_one(store, records[::50])
    assert counts(store) == (900, 6300)
    assert spilled(table)


@pytest.mark.parametrize("room", [40, 400])
def test_names_that_come_while_others_are_spilled_are_not_lost(
    table: Spy, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever adds them spills as well, or not, where it had found that nothing was to be spilled."""
    client = FaultyClient(table)
    store = Store(client, "ledger", "directory", sleep=lambda seconds: None)
    one_by_one(store, [coins("issue", name=str(n), at=NOW + 1000 * n) for n in range(40)])
    other = Store(table, "ledger", "directory", sleep=lambda seconds: None)

    def meanwhile() -> None:
        monkeypatch.setattr(counting, "FEW", room)
        one_by_one(other, [coins("issue", name=str(n), at=NOW + 1000 * n) for n in range(41, 80)])

    client.plan, client.other = iter(["none", "other"]), meanwhile
    records = [coins("issue", name=str(n), at=NOW + 1000 * n) for n in range(80)]
    one_by_one(store, records[40:41])
    assert client.met == ["other"]
    for _ in range(2):
        one_by_one(store, records)
    assert counts(store) == (80, 560)


def test_a_row_begun_before_rows_kept_names_goes_by_the_pages(store: Store, table: Spy) -> None:
    before, after = coins("issue", name="before"), coins("issue", name="after", amt=5)
    mark = EntryMark.of(before)
    store.write(Put(mark.page, {"ids": frozenset([mark.digest]), "ttl": 1}))
    store.write(Put(total(20261122, "prg_1", "issue", "posted"), {"count": 1, "amount": 7}))
    for _ in range(2):
        assert totals.add_to_totals(store, batch(before, after), NOW) == []
    assert counts(store) == (2, 12)
    put(store, before, after)
    assert totals.totals_complete_to(store, PLACES, NOW) == NOW


@pytest.mark.parametrize("seed", range(20))
def test_in_any_order_in_any_batches_and_however_often_each_is_added_once(
    table: Spy, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "FEW", 6)
    monkeypatch.setattr(counting, "MANY", 25)
    chance = random.Random(seed)
    client = FaultyClient(table)
    store = Store(client, "ledger", "directory", sleep=lambda seconds: None)
    records = [coins("issue", name=str(n), at=NOW + chance.randrange(60) * 700) for n in range(150)]
    put(store, *records)
    waiting = sorted(records, key=lambda one: (str(one["g2s"])[:21], chance.random()))
    while waiting:
        size = chance.choice([1, 1, 2, 5, 20])
        taken, waiting = waiting[:size], waiting[size:]
        taken += chance.sample(records[: max(1, 150 - len(waiting))], 1)
        client.plan = iter(chance.choices(["none", "conflict", "lost_after", "throttle"], [20, 1, 2, 1], k=10))
        failed = totals.add_to_totals(store, batch(*taken), NOW)
        again = [taken[int(number)] for number in failed]
        waiting = sorted([*waiting, *again], key=lambda one: (str(one["g2s"])[:20], chance.random()))
    client.plan = iter(())
    assert counts(store) == (150, 1050)
    assert totals.totals_complete_to(store, PLACES, NOW + 60_000) == NOW + 60_000
    assert totals.add_to_totals(store, batch(*records), NOW) == []
    assert counts(store) == (150, 1050)


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


# How far they are complete


def put(store: Store, *records: dict[str, Any]) -> None:
    for record in records:
        item = {name: value for name, value in record.items() if name not in ("pk", "sk")}
        store.write(Put(Key("ledger", record["pk"], record["sk"]), item))


def entries(*ages: int) -> list[dict[str, Any]]:
    return [coins("issue", at=NOW - age, name=str(age)) for age in ages]


PLACES = [keys.activity_partition(SCOPE, SHOP)]


def test_totals_are_complete_to_just_before_the_earliest_entry_without_a_mark(store: Store, table: Spy) -> None:
    records = entries(50, 40, 30, 20)
    put(store, *records)
    totals.add_to_totals(store, batch(records[0], records[2]), NOW)
    assert totals.totals_complete_to(store, PLACES, NOW) == NOW - 41
    totals.add_to_totals(store, batch(records[1]), NOW)
    assert totals.totals_complete_to(store, PLACES, NOW) == NOW - 21
    totals.add_to_totals(store, batch(records[3]), NOW)
    assert totals.totals_complete_to(store, PLACES, NOW) == NOW
    assert totals.totals_complete_to(store, [keys.funds_activity_partition(BOOKS, SHOP)], NOW) == NOW
    assert {request["Limit"] for request in table.queried if request.get("IndexName")} == {500}


def test_of_several_places_the_earliest_decides(store: Store) -> None:
    mine, elsewhere = entries(50)[0], entries(20)[0]
    put(store, mine, {**elsewhere, "g2p": keys.activity_partition(SCOPE, OWNER)})
    both = [*PLACES, keys.activity_partition(SCOPE, OWNER)]
    assert totals.totals_complete_to(store, both, NOW) == totals.totals_complete_to(store, both[::-1], NOW) == NOW - 51


def test_what_is_older_than_a_stream_remembers_is_not_waited_for(store: Store) -> None:
    put(store, *entries(clock.DAY_MS, clock.DAY_MS + 1, 5))
    assert totals.totals_complete_to(store, PLACES, NOW) == NOW - clock.DAY_MS - 1


def test_every_page_that_has_an_entry_without_a_mark_is_followed_by_the_one_before_it() -> None:
    store = Store(Spy(page=2), "ledger", "directory", sleep=lambda seconds: None)
    records = entries(70, 60, 50, 40, 30, 20)
    put(store, *records)
    totals.add_to_totals(store, batch(records[2], records[5]), NOW)
    assert totals.totals_complete_to(store, PLACES, NOW) == NOW - 71


def test_from_the_latest_on_it_looks_back_to_a_page_that_has_all_its_marks() -> None:
    store = Store(Spy(page=2), "ledger", "directory", sleep=lambda seconds: None)
    records = entries(70, 60, 50, 40, 30, 20)
    put(store, *records)
    totals.add_to_totals(store, batch(records[1], records[2], records[3], records[5]), NOW)
    # What hangs behind a page that was counted is told by an alarm (docs/runbooks/late_totals.md).
    assert totals.totals_complete_to(store, PLACES, NOW) == NOW - 31
