"""The posting path of tenants' own wallets: what goes into one transaction, what is learned, what is read back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from batua import clock, ids, observe
from batua.audit.verify import verify_scope
from batua.ledger.decisions import tenant_money
from batua.ledger.decisions.charges import charge_line, decide_charge
from batua.ledger.decisions.tenant_money import FundsDecision, FundsHold, FundsOriginal, FundsState, TenantWallet
from batua.ledger.errors import LedgerBusy, PostingRefused, PreconditionFailed
from batua.ledger.model import InvariantBroken, Origin, Refusal
from batua.ledger.posting.request import PostingRequest
from batua.ledger.posting.tenant_money import FundsTransaction, TenantLedger, funds_request, funds_transaction_from
from batua.ledger.queries.money_entries import load_balances
from batua.ledger.records.tenant_money import funds_hold_item
from batua.store import keys
from batua.store.codec import decode
from batua.store.store import Cancelled, Reason, Store
from batua.store.writes import Condition, Put, Update, Write
from tests.fakes.dynamodb import FakeDynamoDB, Wire
from tests.fakes.faults import Fault, FaultyClient

SHOP, MILL = ids.derived_id("ten", "shop"), ids.derived_id("ten", "mill")
MONEY, GRAIN = tenant_money.tenant_wallet("live", SHOP), tenant_money.tenant_wallet("live", MILL)
NOW = clock.parse_iso("2026-11-21T20:30:00.000Z")
NOTE = keys.Key("directory", "REQUEST", "r")

Decide = Callable[[FundsState], FundsDecision]


class Client(FaultyClient):
    """Keeps what it was asked, and can leave out what stood where a condition failed, as DynamoDB may."""

    def __init__(self) -> None:
        super().__init__(FakeDynamoDB())
        self.asked: list[tuple[str, Wire]] = []
        self.silent = False

    def _call(self, name: str, call: Callable[..., Wire], request: Wire) -> Wire:
        self.asked.append((name, request))
        if self.silent and name == "transact_write_items":
            for write in request["TransactItems"]:
                for body in write.values():
                    body.pop("ReturnValuesOnConditionCheckFailure")
        return super()._call(name, call, request)


class Office:
    """One tenant's treasury over a fake table."""

    def __init__(self, *plan: Fault) -> None:
        self.client = Client()
        self.store = Store(self.client, "ledger", "directory", sleep=lambda seconds: None)
        self.tenant_ledger = TenantLedger(self.store, "Asia/Kolkata", NOW)
        self.client.plan = iter(plan)

    def post(self, key: str, decide: Decide, operation: str = "move", **more: Any) -> Any:
        return self.tenant_ledger.post(order(key, operation), decide, **more)

    def credit(self, amount: int, wallet: TenantWallet = MONEY) -> str:
        return str(
            self.post(f"credit {amount}", lambda known: tenant_money.decide_credit(known, wallet, amount, NOW)).id
        )

    def free(self, wallet: TenantWallet = MONEY) -> int:
        return load_balances(self.store, wallet)[wallet.id].free

    def sound(self) -> bool:
        return all(verify_scope(self.store, wallet.scope).findings == [] for wallet in (MONEY, GRAIN))


def order(key: str, operation: str = "move", **content: Any) -> PostingRequest:
    return funds_request(operation, "live", SHOP, Origin("usr", "::1", SHOP), key, content)


def debiting(amount: int) -> Decide:
    return lambda known: tenant_money.decide_debit(known, MONEY, amount, NOW)


@pytest.fixture
def office() -> Office:
    made = Office()
    made.credit(100)
    return made


# Orders


def test_an_order_stands_in_the_books_of_the_tenant_that_it_names() -> None:
    made = order("k")
    assert (made.book, made.scope) == ("funds", MONEY.scope)
    assert made.entry_key == keys.funds_line_key(MONEY.scope, made.id)
    with pytest.raises(InvariantBroken):
        funds_request("move", "live", MILL, Origin("usr", "::1", SHOP), "k", {})


def test_the_first_line_stands_in_the_books_of_the_order(office: Office) -> None:
    with pytest.raises(InvariantBroken):
        office.post("k", lambda known: tenant_money.decide_credit(known, GRAIN, 5, NOW))
    assert office.free(GRAIN) == 0


# Posting


def test_a_line_says_the_tenants_own_day(office: Office) -> None:
    entry = office.post("k", debiting(30)).entry
    assert (entry.day, entry.kind, entry.total) == (20261122, "debit", 30)
    assert office.free() == 70


def test_a_refusal_is_kept_with_its_tenant_and_time_and_given_again(office: Office) -> None:
    for replayed in (False, True):
        with pytest.raises(PostingRefused) as refused:
            office.post("k", debiting(101))
        assert refused.value.refusal == Refusal(
            "insufficient_balance", {"balance": 100, "available": 100, "requested": 101}
        )
        assert refused.value.replayed is replayed
        office.credit(500)
    place = order("k").entry_key
    record = office.store.read([place])[place] or {}
    assert (record["ten"], record["g2p"]) == (SHOP, keys.funds_refusals_partition(MONEY.scope, SHOP))
    assert record["g2s"] == f"2026-11-21T20:30:00.000Z#{order('k').id}"


def test_a_refusal_that_is_not_kept_is_decided_anew(office: Office) -> None:
    with pytest.raises(PostingRefused):
        office.post("k", debiting(101), keep_refusal=False)
    office.credit(1)
    assert not office.post("k", debiting(101), keep_refusal=False).replayed
    assert office.free() == 0


def test_what_the_table_says_of_every_wallet_is_learned(office: Office) -> None:
    office.credit(5, wallet := tenant_money.tenant_wallet("live", SHOP, "prg_1"))
    lines = [charge_line(one, amount, credit=False, details={}) for one, amount in ((MONEY, 100), (wallet, 6))]
    seen: list[FundsState] = []

    def decide(known: FundsState) -> FundsDecision:
        seen.append(known)
        return decide_charge(known, lines, NOW, reference="order-1")

    with pytest.raises(PostingRefused, match="insufficient_balance"):
        office.post("k", decide, state=FundsState({MONEY.id: tenant_money.FundsBalance(100)}))
    assert set(seen[-1].funds) == {MONEY.id, wallet.id}
    assert (office.free(), office.free(wallet)) == (100, 5)


@pytest.mark.parametrize("silent", [False, True])
def test_a_refusal_tells_what_stands_there_though_the_table_does_not_hand_it_over(office: Office, silent: bool) -> None:
    office.client.silent = silent
    office.client.asked.clear()
    with pytest.raises(PostingRefused) as refused:
        office.post("k", debiting(101))
    assert refused.value.refusal.figures == {"balance": 100, "available": 100, "requested": 101}
    read = ["batch_get_item"] if silent else []
    assert [name for name, _ in office.client.asked] == ["transact_write_items", *read, "put_item"]


def test_a_transaction_takes_a_hundred_writes_and_no_more(office: Office) -> None:
    lines = [charge_line(MONEY, 1, credit=False, details={}) for _ in range(98)]
    office.post("k", lambda known: decide_charge(known, lines, NOW, reference="order-1"))
    assert office.free() == 2
    with pytest.raises(InvariantBroken):
        office.post(
            "l",
            lambda known: decide_charge(known, lines, NOW, reference="order-1"),
            extra_writes=[Put(NOTE, {})],
        )


# Holds


def holding(key: str, amount: int = 60, expires_at: int = NOW + 1000) -> Decide:
    id = tenant_money.hold_id(order(key, "hold").id)
    return lambda known: tenant_money.decide_funds_hold(known, MONEY, amount, NOW, id=id, expires_at=expires_at)


def test_a_hold_is_found_by_the_transaction_that_made_it_and_ends_once(office: Office) -> None:
    posted = office.post("h", holding("h"), "hold")
    assert office.post("h", holding("h"), "hold").replayed
    held = office.tenant_ledger.hold(MONEY.scope, posted.id)
    assert held == FundsHold(tenant_money.hold_id(posted.id), MONEY, 60, NOW + 1000)
    assert office.tenant_ledger.hold(MONEY.scope, ids.derived_id("txn", "other")) is None
    office.post("c", lambda known: tenant_money.decide_funds_capture(known, held, NOW, amount=20))
    for ending in (tenant_money.decide_funds_capture, tenant_money.decide_funds_void):
        with pytest.raises(PostingRefused) as refused:
            office.post(ending.__name__, lambda known, ending=ending: ending(known, held, NOW))
        assert refused.value.refusal == Refusal("hold_not_open", {})
    assert office.free() == 80
    assert office.sound()


def test_a_hold_that_stands_is_not_made_again(office: Office) -> None:
    there = FundsHold(tenant_money.hold_id(order("h", "hold").id), MONEY, 7, NOW)
    place = keys.funds_hold_key(MONEY.scope, there.id)
    office.store.write(Put(place, funds_hold_item(there)))
    office.tenant_ledger.deadline = 0
    with pytest.raises(LedgerBusy):
        office.post("h", holding("h"), "hold")
    assert office.tenant_ledger.hold(MONEY.scope, order("h", "hold").id) == there
    assert office.free() == 100


def test_a_hold_that_is_gone_is_not_captured(office: Office) -> None:
    gone = FundsHold(ids.derived_id("hold", "gone"), MONEY, 5, NOW + 1)
    office.tenant_ledger.deadline = 0
    with pytest.raises(LedgerBusy):
        office.post("c", lambda known: tenant_money.decide_funds_capture(known, gone, NOW))
    assert office.free() == 100


# Refunds


def test_refunds_never_exceed_the_original_though_what_was_read_of_it_is_old(office: Office) -> None:
    id = office.post("d", debiting(80)).id
    transaction = office.tenant_ledger.transaction(MONEY.scope, id)
    assert transaction is not None
    original = office.tenant_ledger.load_original(transaction)

    def refund(key: str, amount: int) -> Any:
        return office.post(key, lambda known: tenant_money.decide_refund(known, original, NOW, amount=amount))

    refund("r1", 50)
    refund("r2", 20)
    with pytest.raises(PostingRefused) as refused:
        refund("r3", 11)
    assert refused.value.refusal == Refusal("reversal_exceeds_original", {"original": 80, "left": 10})
    refund("r4", 10)
    assert office.free() == 100
    again = office.tenant_ledger.transaction(MONEY.scope, id)
    assert again is not None
    assert (again.reversed, len(again.entries), again.own) == (80, 1, True)
    assert office.sound()


def test_what_is_undone_is_what_the_table_says_and_nothing_where_it_says_nothing(office: Office) -> None:
    id = office.post("d", debiting(80)).id
    transaction = office.tenant_ledger.transaction(MONEY.scope, id)
    assert transaction is not None
    assert FundsTransaction(transaction.entries) == transaction
    mistaken = replace(office.tenant_ledger.load_original(transaction), reversed=50)
    office.post("r", lambda known: tenant_money.decide_refund(known, mistaken, NOW, amount=10))
    again = office.tenant_ledger.transaction(MONEY.scope, id)
    assert again is not None
    assert again.reversed == 10


def test_a_transfer_is_read_whole_from_the_books_of_both(office: Office) -> None:
    id = office.post("t", lambda known: tenant_money.decide_transfer(known, MONEY, GRAIN, 70, NOW)).id
    mine, theirs = (office.tenant_ledger.transaction(wallet.scope, id) for wallet in (MONEY, GRAIN))
    assert mine is not None
    assert theirs is not None
    assert (mine.own, theirs.own) == (True, False)
    whole = office.tenant_ledger.load_original(mine)
    lines = tenant_money.decide_transfer(FundsState(), MONEY, GRAIN, 70, NOW).lines  # type: ignore[union-attr]
    assert whole == FundsOriginal(id, "transfer", 70, lines, 0)
    assert mine.reversed == 0
    office.post("r", lambda known: tenant_money.decide_refund(known, whole, NOW))
    assert (office.free(), office.free(GRAIN)) == (100, 0)
    assert office.sound()


def test_charges_are_whole_by_themselves_and_in_their_order(office: Office) -> None:
    lines = [charge_line(MONEY, n, credit=False, details={"n": n}) for n in (5, 6, 7)]
    id = office.post("c", lambda known: decide_charge(known, lines, NOW, reference="order-1")).id
    transaction = office.tenant_ledger.transaction(MONEY.scope, id)
    assert transaction is not None
    before = len(office.client.asked)
    assert office.tenant_ledger.load_original(transaction) == FundsOriginal(id, "charge", 18, tuple(lines))
    assert len(office.client.asked) == before


def test_a_transaction_whose_lines_are_missing_is_a_fault_of_ours(office: Office) -> None:
    id = office.post("t", lambda known: tenant_money.decide_transfer(known, MONEY, GRAIN, 70, NOW)).id
    mine = office.tenant_ledger.transaction(MONEY.scope, id)
    assert mine is not None
    other = keys.funds_line_key(GRAIN.scope, id, 1)
    del office.client.inner.items["ledger", other.pk, other.sk]
    with pytest.raises(InvariantBroken):
        office.tenant_ledger.load_original(mine)
    lines = [charge_line(MONEY, n, credit=False, details={}) for n in (5, 6)]
    id = office.post("c", lambda known: decide_charge(known, lines, NOW, reference="order-1")).id
    charged = office.tenant_ledger.transaction(MONEY.scope, id)
    assert charged is not None
    with pytest.raises(InvariantBroken):
        office.tenant_ledger.load_original(FundsTransaction(charged.entries[:1]))


def test_a_transaction_is_read_strongly_and_a_refusal_is_none(office: Office) -> None:
    with pytest.raises(PostingRefused):
        office.post("k", debiting(101))
    assert office.tenant_ledger.transaction(MONEY.scope, order("k").id) is None
    name, request = office.client.asked[-1]
    assert (name, request["TableName"], request["ConsistentRead"]) == ("query", "ledger", True)
    assert {":v1": {"S": "FUNDS"}}.items() <= request["ExpressionAttributeValues"].items()
    assert funds_transaction_from([]) is None


def test_the_line_beside_a_coin_transaction_is_no_transaction_of_the_tenants_own(office: Office) -> None:
    id = office.post("d", debiting(5)).id
    place = keys.funds_line_key(MONEY.scope, id)
    record = decode(office.client.inner.items["ledger", place.pk, place.sk])
    bare = funds_transaction_from([{name: value for name, value in record.items() if name != "fp"}])
    assert bare is not None
    assert not bare.own
    second = funds_transaction_from([{**record, "g1s": record["g1s"][:-2] + "01"}])
    assert second is not None
    assert not second.own


def test_lines_are_put_into_their_order(office: Office) -> None:
    lines = [charge_line(MONEY, n, credit=False, details={}) for n in (5, 6, 7)]
    id = office.post("c", lambda known: decide_charge(known, lines, NOW, reference="order-1")).id
    records = [
        decode(item)
        for place, item in office.client.inner.items.items()
        if place[1] == keys.funds_transaction_partition(MONEY.scope, id)
    ]
    made = funds_transaction_from(records[::-1])
    assert made is not None
    assert [entry.number for entry in made.entries] == [0, 1, 2]
    assert office.tenant_ledger.load_original(FundsTransaction(made.entries)).lines == tuple(lines)


def test_wallets_that_were_handed_over_in_part_are_read_together_before_a_refusal(office: Office) -> None:
    office.credit(60, stars := tenant_money.tenant_wallet("live", SHOP, "prg_1"))
    lines = [charge_line(one, amount, credit=False, details={}) for one, amount in ((MONEY, 101), (stars, 60))]
    seen: list[FundsState] = []

    def decide(known: FundsState) -> FundsDecision:
        seen.append(known)
        return decide_charge(known, lines, NOW, reference="order-1")

    with pytest.raises(PostingRefused):
        office.post("k", decide)
    assert [set(known.funds) for known in seen] == [set(), {MONEY.id}, {MONEY.id, stars.id}]
    assert seen[-1].funds[stars.id] == tenant_money.FundsBalance(60)


def test_a_record_beside_is_not_read_as_a_wallet(office: Office) -> None:
    office.client.asked.clear()
    office.store.write(Put(NOTE, {"st": "open"}))
    with pytest.raises(PostingRefused):
        office.post("k", debiting(101), extra_writes=[approving()])
    assert "batch_get_item" not in [name for name, _ in office.client.asked]


def test_a_conflict_at_a_tenants_wallet_is_none_at_a_shard(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    metrics: list[dict[str, int]] = []
    monkeypatch.setattr(observe, "tally", lambda **counts: metrics.append(counts))
    office.client.plan = iter(["conflict"])
    office.post("k", debiting(10))
    assert metrics == [{"PostingsContended": 1}]


# What goes beside


def approving(state: str = "open") -> Update:
    return Update(NOTE, set={"st": "approved"}, when=Condition(equal={"st": state}))


def test_a_record_changes_with_the_money_or_neither_does(office: Office) -> None:
    office.store.write(Put(NOTE, {"st": "open"}))
    assert not office.post("k", debiting(10), extra_writes=[approving()]).replayed
    with pytest.raises(PreconditionFailed, match="r has changed") as overtaken:
        office.post("l", debiting(10), extra_writes=[approving()])
    assert overtaken.value.key == NOTE
    assert (overtaken.value.item or {})["st"] == "approved"
    assert office.free() == 90


def test_an_order_that_changed_the_record_itself_is_answered_as_it_was(office: Office) -> None:
    office.store.write(Put(NOTE, {"st": "open"}))
    first = office.post("k", debiting(10), extra_writes=[approving()])
    again = office.post("k", debiting(10), extra_writes=[approving()])
    assert (again.id, again.replayed) == (first.id, True)
    assert office.free() == 90


class OneSided(Store):
    """A table that tells of the last condition alone."""

    def commit(self, writes: Sequence[Write], *, caller: str = "") -> None:
        raise Cancelled([*(Reason("None", None) for _ in writes[:-1]), Reason("ConditionalCheckFailed", None)])


def test_its_own_first_coming_is_found_though_only_the_records_condition_is_told(office: Office) -> None:
    office.store.write(Put(NOTE, {"st": "open"}))
    first = office.post("k", debiting(10), extra_writes=[approving()])
    office.tenant_ledger.store = OneSided(office.client, "ledger", "directory")
    again = office.post("k", debiting(10), extra_writes=[approving()])
    assert (again.id, again.replayed) == (first.id, True)
    with pytest.raises(PreconditionFailed):
        office.post("l", debiting(10), extra_writes=[approving()])


def test_a_record_that_cannot_be_looked_at_is_busy(office: Office) -> None:
    office.store.write(Put(NOTE, {"st": "closed"}))
    office.client.plan = iter(["none", *["throttle"] * 9])  # type: ignore[list-item]
    with pytest.raises(LedgerBusy) as busy:
        office.post("k", debiting(10), extra_writes=[approving()])
    assert not busy.value.outcome_unknown
