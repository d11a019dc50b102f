"""What is read of the ledger: statements, activity, months, transactions; and of tenant wallets the same."""

from __future__ import annotations

from typing import Any

import pytest

from batua import clock, ids
from batua.ledger.decisions import tenant_money
from batua.ledger.decisions.tenant_money import FundsBalance
from batua.ledger.lots import PendingLot
from batua.ledger.model import Origin, Original
from batua.ledger.queries import coin_entries, money_entries
from batua.ledger.records.customer_coins import Entry
from batua.ledger.records.tenant_money import (
    FundsEntry,
    funds_update,
    posting_items,
    read_funds_balance,
    read_tenant_wallet,
)
from batua.store import keys
from batua.store.codec import encode
from batua.store.keys import Key
from batua.store.store import Store
from batua.store.writes import Put, Update
from tests.fakes.dynamodb import FakeDynamoDB, Wire

OWNER, SHOP = ids.derived_id("ten", "owner"), ids.derived_id("ten", "shop")
SCOPE, WALLET = keys.scope("live", OWNER), ids.derived_id("wal", "asha")
MONEY = tenant_money.tenant_wallet("live", SHOP)
NOW = clock.parse_iso("2026-11-21T09:30:00.500Z")


class Spy(FakeDynamoDB):
    def __init__(self, page: int = 1000) -> None:
        super().__init__(page)
        self.asked: list[Wire] = []

    def query(self, **request: Any) -> Wire:
        self.asked.append(request)
        return super().query(**request)


@pytest.fixture
def table() -> Spy:
    return Spy()


@pytest.fixture
def store(table: Spy) -> Store:
    return Store(table, "ledger", "directory", sleep=lambda seconds: None)


# Customers' wallets


def entry(store: Store, number: int) -> str:
    """An entry as its indexes see it: the number of its wallet, and a millisecond later than the one before."""
    id = ids.derived_id("txn", str(number))
    key = keys.transaction_key(SCOPE, id)
    place = {
        "g1p": keys.wallet_partition(SCOPE, WALLET),
        "g1s": f"{number:012d}",
        "g2p": keys.activity_partition(SCOPE, SHOP),
        "g2s": f"{clock.iso(NOW + number)}#{id}",
    }
    said = {"kind": "issue", "cust": "c", "asset": "p", "amt": number, "bef": 0, "aft": number, "legs": []}
    rest = {"by": "k", "ip": "::1", "fp": b"f", "prev": b"", "hash": b"h", "mon": 202611, "day": 20261121}
    store.write(Put(key, {**said, **rest, **place}))
    return id


def numbers(page: Any) -> list[int]:
    return [record["amt"] for record in page.items]


def test_a_statement_is_told_from_the_last_entry_on_page_by_page(store: Store) -> None:
    for number in range(1, 6):
        entry(store, number)
    assert numbers(coin_entries.wallet_statement(store, SCOPE, WALLET)) == [5, 4, 3, 2, 1]
    first = coin_entries.wallet_statement(store, SCOPE, WALLET, descending=False, limit=2)
    assert numbers(first) == [1, 2]
    assert numbers(
        coin_entries.wallet_statement(store, SCOPE, WALLET, descending=False, limit=2, after=first.last)
    ) == [3, 4]
    assert [one.seq for one in coin_entries.read_entries(first)] == [1, 2]
    assert numbers(coin_entries.wallet_statement(store, SCOPE, ids.derived_id("wal", "other"))) == []


def test_a_merchants_activity_is_told_newest_first_between_two_instants_both_inclusive(store: Store) -> None:
    for number in range(1, 6):
        entry(store, number)
    assert numbers(coin_entries.merchant_activity(store, SCOPE, SHOP)) == [5, 4, 3, 2, 1]
    assert numbers(coin_entries.merchant_activity(store, SCOPE, SHOP, since=NOW + 2, until=NOW + 4)) == [4, 3, 2]
    assert numbers(coin_entries.merchant_activity(store, SCOPE, SHOP, since=NOW + 4)) == [5, 4]
    assert numbers(coin_entries.merchant_activity(store, SCOPE, SHOP, until=NOW + 2)) == [2, 1]
    first = coin_entries.merchant_activity(store, SCOPE, SHOP, limit=2)
    assert numbers(first) == [5, 4]
    assert numbers(coin_entries.merchant_activity(store, SCOPE, SHOP, limit=2, after=first.last)) == [3, 2]


def test_bounds_of_time_take_in_all_of_their_millisecond() -> None:
    at = clock.iso(NOW)
    assert (coin_entries.lower_bound(None), coin_entries.upper_bound(None)) == (None, None)
    assert (coin_entries.lower_bound(NOW), coin_entries.upper_bound(NOW)) == (at, f"{at}$")
    assert at < f"{at}#txn" < f"{at}$" < clock.iso(NOW + 1)


def test_a_page_goes_on_after_a_position_of_a_statement_or_of_an_activity(store: Store) -> None:
    made = {number: entry(store, number) for number in range(1, 6)}
    after = coin_entries.start_after(SCOPE, SHOP, f"4#{made[4]}#{WALLET}")
    assert after == coin_entries.wallet_statement(store, SCOPE, WALLET, limit=2).last
    assert numbers(coin_entries.wallet_statement(store, SCOPE, WALLET, after=after)) == [3, 2, 1]
    after = coin_entries.start_after(SCOPE, SHOP, f"{clock.iso(NOW + 3)}#{made[3]}")
    assert after == coin_entries.merchant_activity(store, SCOPE, SHOP, limit=3).last
    assert numbers(coin_entries.merchant_activity(store, SCOPE, SHOP, after=after)) == [2, 1]


def test_a_transaction_is_found_with_how_much_of_it_is_undone(store: Store) -> None:
    id = entry(store, 1)
    record, undone = coin_entries.find_transaction(store, SCOPE, id)
    assert record is not None
    assert (record["amt"], undone) == (1, 0)
    store.write(Put(keys.reversed_sum_key(SCOPE, id), {"sum": 1}))
    assert coin_entries.find_transaction(store, SCOPE, id)[1] == 1
    assert coin_entries.find_transaction(store, SCOPE, ids.derived_id("txn", "none")) == (None, 0)


def test_an_entry_is_what_a_reversal_undoes() -> None:
    said = dict.fromkeys(Entry.__dataclass_fields__)
    issued = Entry(**{
        **said,
        "id": "txn_1", "seq": 5, "kind": "issue", "wallet": WALLET, "amount": 9, "lots": {202711: 9}, "spent": {},
        "merchant": SHOP, "month": 202611, "day": 20261121, "spends": {2: 9},
        "carried": 3, "funded": 1350, "pending": {PendingLot(20261205, 202712): 9},
    })  # fmt: skip
    undoes = Original(
        "txn_1", "issue", WALLET, 9, {202711: 9}, 202611, 2, SHOP, seq=5,
        reversed=4, day=20261121, spends={2: 9}, carried=3, funded=1350,
        pending={PendingLot(20261205, 202712): 9},
    )  # fmt: skip
    assert coin_entries.original_from(issued, 4) == undoes
    captured = Entry(**{**said, "kind": "capture", "lots": {202611: 1}, "spent": {202611: 3}, "spends": {}})
    assert coin_entries.original_from(captured, 0).lots == {202611: 3}


def test_a_merchants_months_are_added_up_over_all_shards_in_the_order_asked_for(store: Store) -> None:
    for shard, month, issued, redeemed in ((0, 202611, 5, 1), (1, 202611, 7, 2), (2, 202611, 9, 9), (1, 202610, 3, 3)):
        store.write(Put(keys.month_key(SCOPE, SHOP, shard, month), {"issued": issued, "redeemed": redeemed}))
    assert coin_entries.month_totals(store, SCOPE, SHOP, [202611, 202610, 202609], 2) == [
        coin_entries.MonthTotals(202611, 12, 3),
        coin_entries.MonthTotals(202610, 3, 3),
        coin_entries.MonthTotals(202609, 0, 0),
    ]
    store.write(Update(keys.month_key(SCOPE, SHOP, 0, 202611), set={"reach": 3}))
    assert coin_entries.month_totals(store, SCOPE, SHOP, [202611], 2) == [coin_entries.MonthTotals(202611, 21, 12)]
    assert coin_entries.month_totals(store, SCOPE, SHOP, [202611], 1) == [coin_entries.MonthTotals(202611, 21, 12)]


# Tenants' own wallets


def line(store: Store, amount: int, at: int) -> None:
    known = tenant_money.FundsState()
    move, size = (tenant_money.decide_credit, amount) if amount > 0 else (tenant_money.decide_debit, -amount)
    posting = move(known, MONEY, size, at)
    assert isinstance(posting, tenant_money.FundsPosting)
    made = posting_items(ids.derived_id("txn", f"{amount} {at}"), posting, Origin("u", "::1", SHOP), b"f", 20261121)
    for key, item in made:
        store.write(Put(key, item))


def test_what_stands_on_wallets_is_read_strongly_and_an_empty_one_need_not_stand(store: Store) -> None:
    other = tenant_money.tenant_wallet("live", SHOP, "prg_1")
    store.write(funds_update(tenant_money.WalletChange(MONEY, 70, 5, False)))
    assert money_entries.load_balances(store, MONEY, other) == {MONEY.id: FundsBalance(70, 5), other.id: FundsBalance()}


def test_a_tenants_wallets_are_listed_by_their_ids_and_the_list_goes_on_where_it_ended(
    store: Store, table: Spy
) -> None:
    mine = [tenant_money.tenant_wallet("live", SHOP, customer=str(n)) for n in range(5)]
    for wallet in (*mine, tenant_money.tenant_wallet("live", OWNER)):
        store.write(funds_update(tenant_money.WalletChange(wallet, 7, 0, False)))
    listed, after = [], None
    sizes = []
    while True:
        some, after = money_entries.load_wallet_records(store, MONEY.scope, limit=3, after=after)
        sizes.append(len(some))
        listed += some
        if after is None:
            break
    assert sizes == [3, 2]
    last = read_tenant_wallet(listed[2])
    start = {"pk": last.key.pk, "sk": last.key.sk, "g3p": keys.funds_wallets_partition(MONEY.scope), "g3s": last.id}
    assert table.asked[1]["ExclusiveStartKey"] == encode(start)
    shown = [(read_tenant_wallet(record), read_funds_balance(record)) for record in listed]
    assert shown == [(wallet, FundsBalance(7)) for wallet in sorted(mine, key=lambda wallet: wallet.id)]
    assert money_entries.load_wallet_records(store, MONEY.scope) == (listed, None)
    assert money_entries.load_wallet_records(store, keys.scope("test", SHOP)) == ([], None)


def test_a_wallet_that_the_index_still_names_though_it_is_gone_is_left_out(store: Store, table: Spy) -> None:
    store.write(funds_update(tenant_money.WalletChange(MONEY, 7, 0, False)))
    read_batch = table.batch_get_item
    table.batch_get_item = lambda **request: {**read_batch(**request), "Responses": {}}  # type: ignore[method-assign]
    assert money_entries.load_wallet_records(store, MONEY.scope) == ([], None)


def test_a_wallets_lines_are_told_by_time_between_two_instants_both_inclusive(store: Store) -> None:
    for number in range(1, 6):
        line(store, number, NOW + number)
    page = money_entries.funds_statement(store, MONEY)
    assert [one.total for one in money_entries.lines(page)] == [1, 2, 3, 4, 5]
    assert numbers(money_entries.funds_statement(store, MONEY, descending=True)) == [5, 4, 3, 2, 1]
    assert numbers(money_entries.funds_statement(store, MONEY, since=NOW + 2, until=NOW + 4)) == [2, 3, 4]
    first = money_entries.funds_statement(store, MONEY, limit=2)
    assert numbers(first) == [1, 2]
    assert numbers(money_entries.funds_statement(store, MONEY, limit=2, after=first.last)) == [3, 4]
    assert [one.total for one in money_entries.all_lines(store, MONEY, since=NOW + 4)] == [4, 5]
    assert [one.total for one in money_entries.all_lines(store, MONEY, until=NOW + 2)] == [1, 2]


def total(store: Store, key: Key, **sums: int) -> None:
    store.write(Put(key, sums))


def test_a_balance_is_whole_months_and_days_from_the_totals_and_the_rest_from_the_lines(
    store: Store, table: Spy
) -> None:
    day, month = (
        lambda name: keys.wallet_day_key(MONEY.scope, MONEY.id, name),
        lambda name: keys.wallet_month_key(MONEY.scope, MONEY.id, name),
    )
    total(store, month(202609), **{"in": 1000, "out": 100})
    total(store, month(202610), out=50)
    total(store, month(202611), **{"in": 77_777})
    total(store, day(20261031), **{"in": 88_888})
    total(store, day(20261101), **{"in": 30})
    total(store, day(20261118), **{"in": 9, "out": 4})
    total(store, day(20261119), **{"in": 66_666})
    midnight = clock.parse_iso("2026-11-19T00:00:00.000Z")
    for amount, at in ((55_555, midnight - 1), (200, midnight), (-80, NOW - 1), (44_444, NOW)):
        line(store, amount, at)
    assert money_entries.balance_at(store, MONEY, NOW, NOW) == 900 - 50 + 30 + 5 + 120
    assert [request["TableName"] for request in table.asked] == ["directory", "directory", "ledger"]


def test_an_instant_long_past_is_counted_from_its_own_midnight_on(store: Store) -> None:
    total(store, keys.wallet_day_key(MONEY.scope, MONEY.id, 20261109), **{"in": 30})
    total(store, keys.wallet_day_key(MONEY.scope, MONEY.id, 20261110), **{"in": 99_999})
    line(store, 5, clock.parse_iso("2026-11-10T00:00:00.000Z"))
    line(store, 7, clock.parse_iso("2026-11-10T08:00:00.000Z"))
    at = clock.parse_iso("2026-11-10T08:00:00.000Z")
    assert money_entries.balance_at(store, MONEY, at, NOW) == 35
    assert money_entries.balance_at(store, MONEY, at + 1, NOW) == 42


def test_what_is_set_aside_is_still_there() -> None:
    known = tenant_money.FundsState()
    hold = tenant_money.decide_funds_hold(known, MONEY, 60, NOW, id="hold_1", expires_at=NOW)
    capture = tenant_money.decide_funds_capture(
        known, tenant_money.FundsHold("hold_1", MONEY, 60, NOW + 1), NOW, amount=20
    )
    for posting, moved in ((hold, 0), (capture, -20)):
        assert isinstance(posting, tenant_money.FundsPosting)
        said = dict.fromkeys(FundsEntry.__dataclass_fields__)
        assert money_entries.net_change([FundsEntry(**{**said, "line": posting.lines[0]})]) == moved
