"""Tenants' own wallets: prefunded issues, totals exactly once, balances at an instant, overdrafts, many at once."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from batua import clock, ids
from batua.ledger import accounts, decide, funds_read, totals
from batua.ledger.accounts import TenantWallet
from batua.ledger.entry import Source
from batua.ledger.expiry import expire_due
from batua.ledger.funds_entry import overdraft_update
from batua.ledger.model import Program, Wallet
from batua.ledger.post import Desk, Order, Posted, Refused, State
from batua.ledger.treasury import Treasury, funds_order
from batua.ledger.verify import verify_scope, verify_wallet
from batua.store import keys
from batua.store.codec import encode
from batua.store.store import ConditionFailed, Store
from batua.tenants.model import program_item, read_program
from tests.fakes.dynamodb import FakeDynamoDB

OWNER, SHOP = ids.derived("ten", "network"), ids.derived("ten", "shop")
SCOPE = keys.scope("live", OWNER)
NOW = clock.parse_iso("2026-11-21T09:30:00Z")
ZONE = "Asia/Kolkata"
MONEY = accounts.wallet_of("live", SHOP)
PROGRAM = Program(ids.derived("prg", "stars"), OWNER, "Stars", "network", ZONE, coin_value=150, funding="prefunded")
CUSTOMER = Wallet(ids.derived("wal", "asha"), ids.derived("cust", "asha"))


@pytest.fixture
def table() -> FakeDynamoDB:
    return FakeDynamoDB()


@pytest.fixture
def store(table: FakeDynamoDB) -> Store:
    return Store(table, "ledger", "directory", sleep=lambda seconds: None)


def order(operation: str, key: str) -> Order:
    return funds_order(operation, "live", SHOP, Source("usr", "::1", SHOP), key, {})


def put_in(store: Store, amount: int, at: int = NOW, wallet: TenantWallet = MONEY) -> str:
    posted = Treasury(store, ZONE, at).post(
        order("credit", f"{amount} at {at}"), lambda known: accounts.credit(known, wallet, amount, at)
    )
    return posted.id


def issue(store: Store, coins: int, key: str) -> Posted:
    return coin_post(store, "issue", key, lambda state: decide.issue(
        state.wallet, PROGRAM, decide.Merchant(SHOP, 0), NOW, coins=coins, bill=None
    ))  # fmt: skip


def coin_post(store: Store, operation: str, key: str, decision: Any, **state: Any) -> Any:
    place = keys.wallet(SCOPE, CUSTOMER.id)
    from batua.ledger.entry import read_wallet

    record = store.read([place])[place]
    wallet = read_wallet(record) if record else CUSTOMER
    coin_order = Order(operation, "live", SCOPE, Source("key", "::1", SHOP), key, {})
    return Desk(store, PROGRAM).post(coin_order, State(wallet, NOW, **state), decision)


def available(store: Store, wallet: TenantWallet = MONEY) -> int:
    return funds_read.funds(store, wallet)[wallet.id].available


def test_a_prefunded_issue_takes_its_value_from_the_merchants_wallet_in_the_same_transaction(store: Store) -> None:
    put_in(store, 1_000)
    issue(store, 6, "first")
    assert available(store) == 1_000 - 900
    (line,) = [one for one in funds_read.all_lines(store, MONEY) if one.kind == "issue"]
    assert line.line.legs == (("wallet", -900), ("float", 900))
    assert issue(store, 6, "first").replayed
    assert available(store) == 100
    assert verify_scope(store, MONEY.scope).findings == []
    assert verify_scope(store, SCOPE).findings == []


def test_an_issue_beyond_the_merchants_money_is_refused_and_gives_nothing(store: Store) -> None:
    put_in(store, 899)
    with pytest.raises(Refused) as refused:
        issue(store, 6, "too much")
    assert refused.value.refusal.code == "insufficient_float"
    assert refused.value.refusal.figures == {"value": 900, "funds": 899}
    put_in(store, 5_000)
    with pytest.raises(Refused) as again:
        issue(store, 6, "too much")
    assert again.value.replayed
    assert available(store) == 5_899


def test_a_reversal_in_parts_gives_back_what_the_issue_took(store: Store) -> None:
    from batua.ledger import read

    put_in(store, 1_000)
    posted = issue(store, 5, "sale")
    for number, coins in enumerate((2, 3)):
        _, undone = read.find(store, SCOPE, posted.entry.id)
        original = read.original(posted.entry, undone)

        def decision(state: State, coins: int = coins) -> Any:
            return decide.reverse(state.wallet, PROGRAM, state.original, NOW, coins=coins)  # type: ignore[arg-type]

        coin_post(store, "reverse", str(number), decision, original=original)
    assert available(store) == 1_000
    assert verify_scope(store, MONEY.scope).findings == []


def test_what_is_not_prefunded_touches_no_money(store: Store, table: FakeDynamoDB) -> None:
    plain = replace(PROGRAM, funding="none")
    coin_order = Order("issue", "live", SCOPE, Source("key", "::1", SHOP), "k", {})
    Desk(store, plain).post(
        coin_order,
        State(CUSTOMER, NOW),
        lambda state: decide.issue(state.wallet, plain, decide.Merchant(SHOP, 0), NOW, coins=5, bill=None),
    )
    assert not [place for place in table.items if place[2].startswith("FUNDS")]
    assert read_program(program_item(PROGRAM)) == PROGRAM
    assert "funding" not in {name for name, value in program_item(plain).items() if value is not None}


def test_an_overdraft_lets_so_much_more_be_taken_and_no_more(store: Store) -> None:
    put_in(store, 100)
    store.write(overdraft_update(MONEY, 0, 50))
    Treasury(store, ZONE, NOW).post(order("d", "1"), lambda known: accounts.debit(known, MONEY, 150, NOW))
    assert available(store) == -50
    with pytest.raises(Refused):
        Treasury(store, ZONE, NOW).post(order("d", "2"), lambda known: accounts.debit(known, MONEY, 1, NOW))
    with pytest.raises(ConditionFailed):
        store.write(overdraft_update(MONEY, 50, 0))
    assert verify_wallet(store, MONEY.scope, MONEY.id).findings == []


def event(table: FakeDynamoDB) -> dict[str, Any]:
    """All of the ledger as a batch of its stream."""
    records = [
        {"eventName": "INSERT", "dynamodb": {"NewImage": item, "SequenceNumber": str(number)}}
        for number, (place, item) in enumerate(table.items.items())
        if place[0] == "ledger"
    ]
    return {"Records": records}


def test_totals_count_every_entry_once_however_often_it_comes(store: Store, table: FakeDynamoDB) -> None:
    for amount in range(1, 61):
        put_in(store, amount)
    batch = event(table)
    assert totals.complete_to(store, [keys.funds_activity(MONEY.scope, SHOP)], NOW + 5) == NOW - 1
    assert totals.add_up(store, {"Records": batch["Records"][: len(batch["Records"]) // 2]}, NOW) == []
    for _ in range(2):
        assert totals.add_up(store, batch, NOW) == []
    (total,) = totals.totals(store, MONEY.scope, 20261121, 20261121)
    assert (total.kind, total.status, total.count, total.amount) == ("credit", "posted", 60, sum(range(1, 61)))
    assert totals.complete_to(store, [keys.funds_activity(MONEY.scope, SHOP)], NOW + 5) == NOW + 5


def test_what_could_not_be_added_is_asked_for_again(store: Store, table: FakeDynamoDB) -> None:
    from tests.fakes.faults import FaultyClient

    put_in(store, 5)
    client = FaultyClient(table)
    faulty = Store(client, "ledger", "directory", sleep=lambda seconds: None)
    client.plan = iter(["conflict"] * 10)
    batch = event(table)
    assert totals.add_up(faulty, batch, NOW) == [
        record["dynamodb"]["SequenceNumber"]
        for record in batch["Records"]
        if "#K#" in record["dynamodb"]["NewImage"]["pk"]["S"]
    ]
    client.plan = iter(["lost_after"])
    assert totals.add_up(faulty, batch, NOW) == []
    (total,) = totals.totals(store, MONEY.scope, 20261121, 20261121)
    assert total.count == 1


def test_a_refusal_is_counted_as_refused(store: Store, table: FakeDynamoDB) -> None:
    with pytest.raises(Refused):
        Treasury(store, ZONE, NOW).post(order("d", "1"), lambda known: accounts.debit(known, MONEY, 1, NOW))
    totals.add_up(store, event(table), NOW)
    (total,) = totals.totals(store, MONEY.scope, 0, 99999999)
    assert (total.kind, total.status, total.count) == ("d", "refused", 1)


def test_the_balance_at_an_instant_is_what_the_lines_before_it_come_to(store: Store, table: FakeDynamoDB) -> None:
    times = [NOW - days * clock.DAY_MS + days for days in (100, 61, 45, 40, 30, 10, 3, 2, 1, 0)]
    for number, at in enumerate(times, start=1):
        put_in(store, number * 7, at)
    totals.add_up(store, event(table), NOW)
    lines = list(funds_read.all_lines(store, MONEY))
    for instant in (*times, *(at + 1 for at in times), NOW - 200 * clock.DAY_MS):
        naive = sum(line.line.change for line in lines if line.at < instant)
        assert funds_read.balance_at(store, MONEY, instant, NOW) == naive


def test_a_coin_hold_whose_time_is_over_gives_its_coins_back(store: Store) -> None:
    put_in(store, 10_000)
    issue(store, 10, "sale")
    store.write(_program_put())
    hold = ids.derived("hold", "one")
    coin_post(store, "hold", "h", lambda state: decide.hold(
        state.wallet, PROGRAM, decide.Merchant(SHOP, 0), NOW, id=hold, coins=4, expires_at=NOW + 1
    ))  # fmt: skip
    assert expire_due(store, NOW).expired == 0
    assert expire_due(store, NOW + 2).expired == 1
    record = store.read([keys.hold(SCOPE, hold)])[keys.hold(SCOPE, hold)] or {}
    assert record["st"] == "expired"
    assert expire_due(store, NOW + 2).expired == 0
    assert verify_scope(store, SCOPE).findings == []


def _program_put() -> Any:
    from batua.store.writes import Put

    return Put(keys.program(OWNER, PROGRAM.id), program_item(PROGRAM))


def test_verifying_finds_a_wallet_that_says_more_than_its_lines(store: Store, table: FakeDynamoDB) -> None:
    put_in(store, 100)
    place = ("ledger", MONEY.key.pk, "FUNDS")
    table.items[place] = {**table.items[place], **encode({"free": 101})}
    laws = {finding.law for finding in verify_wallet(store, MONEY.scope, MONEY.id).findings}
    assert laws == {"what is available is what the lines come to"}


def test_verifying_finds_a_line_that_was_edited(store: Store, table: FakeDynamoDB) -> None:
    id = put_in(store, 100)
    key = keys.funds_transaction(MONEY.scope, id)
    place = ("ledger", key.pk, key.sk)
    table.items[place] = {**table.items[place], **encode({"note": "another"})}
    laws = {finding.law for finding in verify_scope(store, MONEY.scope).findings}
    assert laws == {"a line says what it said when it was sealed"}


def test_laws_between_transactions_are_held_over_a_scope_and_not_over_one_wallet_of_it(
    store: Store, table: FakeDynamoDB
) -> None:
    id, treasury = put_in(store, 100), Treasury(store, ZONE, NOW)
    read = treasury.transaction(MONEY.scope, id)
    assert read is not None
    credited = treasury.whole(read)
    treasury.post(order("refund", "r"), lambda known: accounts.refund(known, credited, NOW, amount=30))
    assert verify_scope(store, MONEY.scope).findings == []
    table.items.pop(("ledger", *keys.funds_reversed(MONEY.scope, id)[1:]))
    assert verify_wallet(store, MONEY.scope, MONEY.id).findings == []
    laws = {finding.law for finding in verify_scope(store, MONEY.scope).findings}
    assert laws == {"the sum of its refunds is on record"}


class Serial:
    """Lets one call in at a time: what DynamoDB does for the items of a transaction."""

    def __init__(self, inner: FakeDynamoDB) -> None:
        self.inner, self.lock = inner, threading.Lock()

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.inner, name)

        def alone(**request: Mapping[str, Any]) -> Any:
            with self.lock:
                return call(**request)

        return alone


def test_many_at_one_wallet_never_take_more_than_there_is_and_need_no_second_try(table: FakeDynamoDB) -> None:
    store = Store(Serial(table), "ledger", "directory")
    put_in(store, 700)
    outcomes: list[bool] = []

    def take(number: int) -> None:
        wanted = order("hold", str(number))
        id = accounts.hold_id(wanted.id)
        try:
            Treasury(store, ZONE, NOW).post(
                wanted, lambda known: accounts.hold(known, MONEY, 100, NOW, id=id, expires_at=NOW + 1)
            )
            outcomes.append(True)
        except Refused:
            outcomes.append(False)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(20)]
    before = table.calls.count("TransactWriteItems")
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 13 + [True] * 7
    assert table.calls.count("TransactWriteItems") - before == 20
    assert available(store) == 0
    assert verify_wallet(store, MONEY.scope, MONEY.id).findings == []
