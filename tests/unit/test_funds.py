"""Tenants' own wallets: prefunded issues, totals exactly once, balances at an instant, overdrafts, many at once."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from batua import clock, ids
from batua.audit.verify import verify_scope, verify_wallet
from batua.identity.tenant import program_item, read_program
from batua.ledger import totals
from batua.ledger.decisions import customer_coins, tenant_money
from batua.ledger.decisions.tenant_money import TenantWallet
from batua.ledger.errors import PostingRefused
from batua.ledger.model import Origin, Program, Wallet
from batua.ledger.posting.customer_coins import PostingService
from batua.ledger.posting.request import CoinPostingResult, PostingRequest, PostingState
from batua.ledger.posting.tenant_money import TenantLedger, funds_request
from batua.ledger.queries import money_entries
from batua.ledger.records.tenant_money import overdraft_update
from batua.operations.hold_expiry import expire_due_holds
from batua.store import keys
from batua.store.codec import encode
from batua.store.store import ConditionFailed, Store
from tests.fakes.dynamodb import FakeDynamoDB

OWNER, SHOP = ids.derived_id("ten", "network"), ids.derived_id("ten", "shop")
SCOPE = keys.scope("live", OWNER)
NOW = clock.parse_iso("2026-11-21T09:30:00Z")
ZONE = "Asia/Kolkata"
MONEY = tenant_money.tenant_wallet("live", SHOP)
PROGRAM = Program(ids.derived_id("prg", "stars"), OWNER, "Stars", "network", ZONE, coin_value=150, funding="prefunded")
CUSTOMER = Wallet(ids.derived_id("wal", "asha"), ids.derived_id("cust", "asha"))


@pytest.fixture
def table() -> FakeDynamoDB:
    return FakeDynamoDB()


@pytest.fixture
def store(table: FakeDynamoDB) -> Store:
    return Store(table, "ledger", "directory", sleep=lambda seconds: None)


def order(operation: str, key: str) -> PostingRequest:
    return funds_request(operation, "live", SHOP, Origin("usr", "::1", SHOP), key, {})


def put_in(store: Store, amount: int, at: int = NOW, wallet: TenantWallet = MONEY) -> str:
    posted = TenantLedger(store, ZONE, at).post(
        order("credit", f"{amount} at {at}"), lambda known: tenant_money.decide_credit(known, wallet, amount, at)
    )
    return posted.id


def issue(store: Store, coins: int, key: str) -> CoinPostingResult:
    return coin_post(store, "issue", key, lambda state: customer_coins.decide_issue(
        state.wallet, PROGRAM, customer_coins.Merchant(SHOP, 0), NOW, coins=coins, bill=None
    ))  # fmt: skip


def coin_post(store: Store, operation: str, key: str, decision: Any, **state: Any) -> Any:
    place = keys.wallet_key(SCOPE, CUSTOMER.id)
    from batua.ledger.records.customer_coins import read_wallet

    record = store.read([place])[place]
    wallet = read_wallet(record) if record else CUSTOMER
    coin_order = PostingRequest(operation, "live", SCOPE, Origin("key", "::1", SHOP), key, {})
    return PostingService(store, PROGRAM).post(coin_order, PostingState(wallet, NOW, **state), decision)


def available(store: Store, wallet: TenantWallet = MONEY) -> int:
    return money_entries.load_balances(store, wallet)[wallet.id].available


def test_a_prefunded_issue_takes_its_value_from_the_merchants_wallet_in_the_same_transaction(store: Store) -> None:
    put_in(store, 1_000)
    issue(store, 6, "first")
    assert available(store) == 1_000 - 900
    (line,) = [one for one in money_entries.all_lines(store, MONEY) if one.kind == "issue"]
    assert line.line.legs == (("wallet", -900), ("float", 900))
    assert issue(store, 6, "first").replayed
    assert available(store) == 100
    assert verify_scope(store, MONEY.scope).findings == []
    assert verify_scope(store, SCOPE).findings == []


def test_an_issue_beyond_the_merchants_money_is_refused_and_gives_nothing(store: Store) -> None:
    put_in(store, 899)
    with pytest.raises(PostingRefused) as refused:
        issue(store, 6, "too much")
    assert refused.value.refusal.code == "insufficient_float"
    assert refused.value.refusal.figures == {"value": 900, "funds": 899}
    put_in(store, 5_000)
    with pytest.raises(PostingRefused) as again:
        issue(store, 6, "too much")
    assert again.value.replayed
    assert available(store) == 5_899


def test_a_reversal_in_parts_gives_back_what_the_issue_took(store: Store) -> None:
    from batua.ledger.queries import coin_entries

    put_in(store, 1_000)
    posted = issue(store, 5, "sale")
    for number, coins in enumerate((2, 3)):
        _, undone = coin_entries.find_transaction(store, SCOPE, posted.entry.id)
        original = coin_entries.original_from(posted.entry, undone)

        def decision(state: PostingState, coins: int = coins) -> Any:
            return customer_coins.decide_reversal(state.wallet, PROGRAM, state.original, NOW, coins=coins)  # type: ignore[arg-type]

        coin_post(store, "reverse", str(number), decision, original=original)
    assert available(store) == 1_000
    assert verify_scope(store, MONEY.scope).findings == []


def test_an_issue_that_is_reassigned_again_and_again_gives_back_no_more_than_it_took(store: Store) -> None:
    """Each part that is reversed would be rounded up on its own, as if the issue of the rest had been paid for."""
    from batua.ledger.decisions import transfers
    from batua.ledger.posting.customer_coins import entry_writes
    from batua.ledger.queries import coin_entries
    from batua.ledger.records.customer_coins import read_entry

    tenths = replace(PROGRAM, coin_value=25, scale=1)
    unfunded = replace(tenths, funding="none")
    put_in(store, 1_000)

    def post(
        operation: str, key: str, program: Program, wallet: Wallet, decide: Any, also: Any = (), **more: Any
    ) -> Any:
        service = PostingService(store, program)
        service.extra_writes = also
        request = PostingRequest(operation, "live", SCOPE, Origin("usr", "::1", SHOP), key, {})
        return service.post(request, PostingState(wallet, NOW, **more), decide).entry

    def as_original(id: str) -> Any:
        record, undone = coin_entries.find_transaction(store, SCOPE, id)
        assert record is not None
        return coin_entries.original_from(read_entry(record), undone)

    wallet = CUSTOMER
    entry = post("issue", "sale", tenths, wallet, lambda known: customer_coins.decide_issue(
        known.wallet, tenths, customer_coins.Merchant(SHOP, 0), NOW, coins=10, bill=None))  # fmt: skip
    assert available(store) == 975
    for number in range(10):
        wallet = _stored(store, wallet)
        post("reverse", f"r{number}", tenths, wallet, lambda known: customer_coins.decide_reversal(
            known.wallet, tenths, known.original, NOW, coins=1), original=as_original(entry.id))  # fmt: skip
        if number == 9:
            break
        source, original = _stored(store, wallet), as_original(entry.id)
        target = Wallet(ids.derived_id("wal", str(number)), ids.derived_id("cust", str(number)))
        moved, month = ids.derived_id("txn", "moved", str(number)), entry.month

        def both(
            out: Any, target: Wallet = target, moved: str = moved, number: int = number, month: int = month
        ) -> Any:
            request = PostingRequest("reassign", "live", SCOPE, Origin("usr", "::1", SHOP), f"m{number}", {})
            return entry_writes(request, moved, transfers.reassigned_to(target, unfunded, out, NOW), ZONE, month=month)

        post("reassign", f"m{number}", unfunded, source, lambda known, target=target: transfers.decide_reassignment(
            known.wallet, target, unfunded, known.original, NOW), both, original=original)  # fmt: skip
        record, _ = coin_entries.find_transaction(store, SCOPE, moved)
        assert record is not None
        wallet, entry = target, read_entry(record)
    assert 975 < available(store) <= 1_000
    assert verify_scope(store, MONEY.scope).findings == []


def _stored(store: Store, wallet: Wallet) -> Wallet:
    from batua.ledger.records.customer_coins import read_wallet

    record = store.read([place := keys.wallet_key(SCOPE, wallet.id)])[place]
    assert record is not None
    return read_wallet(record)


def test_what_is_not_prefunded_touches_no_money(store: Store, table: FakeDynamoDB) -> None:
    plain = replace(PROGRAM, funding="none")
    coin_order = PostingRequest("issue", "live", SCOPE, Origin("key", "::1", SHOP), "k", {})
    PostingService(store, plain).post(
        coin_order,
        PostingState(CUSTOMER, NOW),
        lambda state: customer_coins.decide_issue(
            state.wallet, plain, customer_coins.Merchant(SHOP, 0), NOW, coins=5, bill=None
        ),
    )
    assert not [place for place in table.items if place[2].startswith("FUNDS")]
    assert read_program(program_item(PROGRAM)) == PROGRAM
    assert "funding" not in {name for name, value in program_item(plain).items() if value is not None}


def test_an_overdraft_lets_so_much_more_be_taken_and_no_more(store: Store) -> None:
    put_in(store, 100)
    store.write(overdraft_update(MONEY, 0, 50))
    TenantLedger(store, ZONE, NOW).post(
        order("d", "1"), lambda known: tenant_money.decide_debit(known, MONEY, 150, NOW)
    )
    assert available(store) == -50
    with pytest.raises(PostingRefused):
        TenantLedger(store, ZONE, NOW).post(
            order("d", "2"), lambda known: tenant_money.decide_debit(known, MONEY, 1, NOW)
        )
    with pytest.raises(ConditionFailed):
        store.write(overdraft_update(MONEY, 50, 0))
    (finding,) = verify_wallet(store, MONEY.scope, MONEY.id).findings
    assert (finding.invariant, finding.found) == ("no overdraft is granted without an entry", "50")


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
    assert totals.totals_complete_to(store, [keys.funds_activity_partition(MONEY.scope, SHOP)], NOW + 5) == NOW - 1
    assert totals.add_to_totals(store, {"Records": batch["Records"][: len(batch["Records"]) // 2]}, NOW) == []
    for _ in range(2):
        assert totals.add_to_totals(store, batch, NOW) == []
    (total,) = totals.daily_totals(store, MONEY.scope, 20261121, 20261121)
    assert (total.kind, total.status, total.count, total.amount) == ("credit", "posted", 60, sum(range(1, 61)))
    assert totals.totals_complete_to(store, [keys.funds_activity_partition(MONEY.scope, SHOP)], NOW + 5) == NOW + 5


def test_what_could_not_be_added_is_asked_for_again(store: Store, table: FakeDynamoDB) -> None:
    from tests.fakes.faults import FaultyClient

    put_in(store, 5)
    client = FaultyClient(table)
    faulty = Store(client, "ledger", "directory", sleep=lambda seconds: None)
    client.plan = iter(["throttle"] * 18)
    batch = event(table)
    assert totals.add_to_totals(faulty, batch, NOW) == [
        record["dynamodb"]["SequenceNumber"]
        for record in batch["Records"]
        if "#K#" in record["dynamodb"]["NewImage"]["pk"]["S"]
    ]
    client.plan = iter(["lost_after"])
    assert totals.add_to_totals(faulty, batch, NOW) == []
    (total,) = totals.daily_totals(store, MONEY.scope, 20261121, 20261121)
    assert total.count == 1


def test_a_refusal_is_counted_as_refused(store: Store, table: FakeDynamoDB) -> None:
    with pytest.raises(PostingRefused):
        TenantLedger(store, ZONE, NOW).post(
            order("d", "1"), lambda known: tenant_money.decide_debit(known, MONEY, 1, NOW)
        )
    totals.add_to_totals(store, event(table), NOW)
    (total,) = totals.daily_totals(store, MONEY.scope, 0, 99999999)
    assert (total.kind, total.status, total.count) == ("d", "refused", 1)


def test_the_balance_at_an_instant_is_what_the_lines_before_it_come_to(store: Store, table: FakeDynamoDB) -> None:
    times = [NOW - days * clock.DAY_MS + days for days in (100, 61, 45, 40, 30, 10, 3, 2, 1, 0)]
    for number, at in enumerate(times, start=1):
        put_in(store, number * 7, at)
    totals.add_to_totals(store, event(table), NOW)
    lines = list(money_entries.all_lines(store, MONEY))
    for instant in (*times, *(at + 1 for at in times), NOW - 200 * clock.DAY_MS):
        naive = sum(line.line.change for line in lines if line.at < instant)
        assert money_entries.balance_at(store, MONEY, instant, NOW) == naive


def test_a_coin_hold_whose_time_is_over_gives_its_coins_back(store: Store) -> None:
    put_in(store, 10_000)
    issue(store, 10, "sale")
    store.write(_program_put())
    hold = ids.derived_id("hold", "one")
    coin_post(store, "hold", "h", lambda state: customer_coins.decide_hold(
        state.wallet, PROGRAM, customer_coins.Merchant(SHOP, 0), NOW, id=hold, coins=4, expires_at=NOW + 1
    ))  # fmt: skip
    assert expire_due_holds(store, NOW).expired == 0
    assert expire_due_holds(store, NOW + 2).expired == 1
    record = store.read([keys.hold_key(SCOPE, hold)])[keys.hold_key(SCOPE, hold)] or {}
    assert record["st"] == "expired"
    assert expire_due_holds(store, NOW + 2).expired == 0
    assert verify_scope(store, SCOPE).findings == []


def _program_put() -> Any:
    from batua.store.writes import Put

    return Put(keys.program_key(OWNER, PROGRAM.id), program_item(PROGRAM))


def test_verifying_finds_a_wallet_that_says_more_than_its_lines(store: Store, table: FakeDynamoDB) -> None:
    put_in(store, 100)
    place = ("ledger", MONEY.key.pk, "FUNDS")
    table.items[place] = {**table.items[place], **encode({"free": 101})}
    invariants = {finding.invariant for finding in verify_wallet(store, MONEY.scope, MONEY.id).findings}
    assert invariants == {"what is available is what the lines come to"}


def test_verifying_finds_a_line_that_was_edited(store: Store, table: FakeDynamoDB) -> None:
    id = put_in(store, 100)
    key = keys.funds_line_key(MONEY.scope, id)
    place = ("ledger", key.pk, key.sk)
    table.items[place] = {**table.items[place], **encode({"note": "another"})}
    invariants = {finding.invariant for finding in verify_scope(store, MONEY.scope).findings}
    assert invariants == {"a line says what it said when it was sealed"}


def test_laws_between_transactions_are_held_over_a_scope_and_not_over_one_wallet_of_it(
    store: Store, table: FakeDynamoDB
) -> None:
    id, tenant_ledger = put_in(store, 100), TenantLedger(store, ZONE, NOW)
    read = tenant_ledger.transaction(MONEY.scope, id)
    assert read is not None
    credited = tenant_ledger.load_original(read)
    tenant_ledger.post(order("refund", "r"), lambda known: tenant_money.decide_refund(known, credited, NOW, amount=30))
    assert verify_scope(store, MONEY.scope).findings == []
    table.items.pop(("ledger", *keys.funds_reversed_key(MONEY.scope, id)[1:]))
    assert verify_wallet(store, MONEY.scope, MONEY.id).findings == []
    invariants = {finding.invariant for finding in verify_scope(store, MONEY.scope).findings}
    assert invariants == {"the sum of its refunds is on record"}


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
        id = tenant_money.hold_id(wanted.id)
        try:
            TenantLedger(store, ZONE, NOW).post(
                wanted, lambda known: tenant_money.decide_funds_hold(known, MONEY, 100, NOW, id=id, expires_at=NOW + 1)
            )
            outcomes.append(True)
        except PostingRefused:
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
