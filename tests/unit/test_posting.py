"""The loop of the posting path: how often it tries, how long it waits, what it learns, and what it leaves on record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from batua import clock, ids
from batua.ledger.decisions import customer_coins, tenant_money
from batua.ledger.errors import (
    EntryUnreadable,
    IdempotencyKeyConflict,
    LedgerBusy,
    LedgerError,
    PostingRefused,
    PreconditionFailed,
)
from batua.ledger.model import CoinDecision, InvariantBroken, Posting, Program, Refusal, Wallet
from batua.ledger.posting import customer_coins as posting
from batua.ledger.posting import pipeline
from batua.ledger.posting.customer_coins import PostingService
from batua.ledger.posting.pipeline import StoredOutcome, execute
from batua.ledger.posting.request import PlannedWrite, PostingRequest, PostingState, on_first_entry
from batua.ledger.queries import coin_entries, money_entries
from batua.ledger.records.customer_coins import Origin, read_entry, read_hold, read_wallet
from batua.ledger.records.tenant_money import read_line
from batua.store import keys
from batua.store.store import Cancelled, ConditionFailed, Contended, Reason, Record, Store
from batua.store.writes import ABSENT, Check, Condition, Put, Update, Write
from tests.fakes.dynamodb import FakeDynamoDB, Wire
from tests.fakes.faults import FaultyClient
from tests.fakes.posting import WALLET as WALLET_PUT
from tests.fakes.posting import Moving, Told

OWNER, SHOP = ids.derived_id("ten", "owner"), ids.derived_id("ten", "shop")
SCOPE = keys.scope("live", OWNER)
NOW = clock.parse_iso("2026-11-21T09:30:00.000Z")
SOURCE = Origin("key_1", "203.0.113.7", SHOP, reference="INV-1")
ORDER = PostingRequest("redeem", "live", SCOPE, SOURCE, "k", {"coins": 5})
FAILED, FINE = Reason("ConditionalCheckFailed", None), Reason("None", None)
CONFLICT = Reason("TransactionConflict", None)
ENTRY = {"kind": "redeem", "fp": ORDER.fingerprint}
PUT = Put(ORDER.entry_key, ENTRY, when=ABSENT)


# Orders


def test_the_content_counts_whatever_the_order_of_its_names_and_whatever_is_in_it() -> None:
    one = replace(ORDER, content={"coins": 5, "bill": Decimal("1.50")})
    other = replace(ORDER, content={"bill": Decimal("1.50"), "coins": 5})
    assert one.fingerprint == other.fingerprint
    assert len(one.fingerprint) == 16
    assert len({one.fingerprint, ORDER.fingerprint, replace(ORDER, operation="issue").fingerprint}) == 3
    assert one.id == ORDER.id


def test_each_book_has_its_own_places() -> None:
    assert ORDER.entry_key == keys.transaction_key(SCOPE, ORDER.id)
    assert replace(ORDER, book="funds").entry_key == keys.funds_line_key(SCOPE, ORDER.id)


# The loop, with a table and a movement that do as they are told


@pytest.fixture(autouse=True)
def whole_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chance draws the longest wait, so that its bound is seen."""
    monkeypatch.setattr(pipeline.random, "uniform", lambda low, high: high - low)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., StoredOutcome]:
    def running(table: Told, movement: Moving | None = None, deadline: float = 24.0, **more: Any) -> StoredOutcome:
        monkeypatch.setattr(pipeline.time, "monotonic", lambda: table.time)
        return execute(table, ORDER, movement or Moving(), deadline, **more)  # type: ignore[arg-type]

    return running


def test_what_was_posted_is_told_with_its_place(run: Any) -> None:
    table = Told(None)
    assert run(table) == StoredOutcome({"pk": ORDER.entry_key.pk, "sk": ORDER.entry_key.sk, **ENTRY}, replayed=False)
    assert table.committed[0].startswith("req_")
    assert table.slept == []


def test_after_a_lost_reply_the_token_is_kept_and_after_an_answer_a_new_one_is_taken(run: Any) -> None:
    silence = Contended("no reply came", outcome_unknown=True)
    table = Told(silence, silence, Contended("x", [CONFLICT]), Cancelled([FINE, FAILED]), None, None)
    run(table)
    run(table)
    first, second, third, fourth, fifth, other = table.committed
    assert first == second == third
    assert len({third, fourth, fifth, other}) == 4


def test_whether_nothing_was_written_is_known_only_where_every_commit_was_answered(run: Any) -> None:
    silence = Contended("no reply came", outcome_unknown=True)
    with pytest.raises(LedgerBusy) as busy:
        run(Told(silence, *[Contended("x")] * 2, takes=1.0), deadline=2.0)
    assert busy.value.outcome_unknown
    with pytest.raises(LedgerBusy) as refused:
        run(Told(silence, takes=1.0), Moving([PUT], NO), keep_refusal=False)
    assert refused.value.outcome_unknown


def test_a_request_without_a_key_is_closed_before_it_is_called_busy(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    silence = Contended("no reply came", outcome_unknown=True)
    unkeyed = PostingRequest("redeem", "live", SCOPE, SOURCE, None, {"coins": 5})
    monkeypatch.setitem(globals(), "ORDER", unkeyed)
    table = Told(*[silence] * 3, takes=1.0)
    with pytest.raises(LedgerBusy) as busy:
        run(table, deadline=2.0)
    assert not busy.value.outcome_unknown
    assert [(put.key, put.item["code"], put.when) for put in table.written] == [(unkeyed.entry_key, "busy", ABSENT)]
    late = Told(*[silence] * 3, takes=1.0)
    late.taken = ConditionFailed({"kind": "redeem", "fp": unkeyed.fingerprint})
    assert run(late, deadline=2.0).replayed


def test_what_the_first_try_was_handed_is_used_at_once_and_later_ones_wait(run: Any) -> None:
    movement = Moving()
    table = Told(Cancelled([FINE, FAILED]), Cancelled([FINE, FAILED]), None)
    run(table, movement)
    assert movement.asked == ["decide", "learn", "decide", "learn", "look again", "decide"]
    assert len(table.slept) == 1


def test_a_conflict_is_waited_for_from_the_first_on(run: Any) -> None:
    movement = Moving()
    table = Told(Contended("x"), None)
    run(table, movement)
    assert movement.asked == ["decide", "hindered", "look again", "decide"]
    assert len(table.slept) == 1


def test_waits_double_with_the_tries_six_times_at_most_and_in_proportion_to_what_a_try_takes(run: Any) -> None:
    quick = Told(*[Contended("x")] * 8, None)
    run(quick, deadline=10**9)
    assert quick.slept == pytest.approx([0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 0.64, 0.64])
    slow = Told(*[Contended("x")] * 3, None, takes=0.5)
    run(slow, deadline=10**9)
    assert slow.slept == pytest.approx([1.0, 2.0, 2.0])


def test_whoever_has_waited_longest_waits_least(run: Any) -> None:
    table = Told(*[Contended("x")] * 3, None, takes=1.0)
    run(table, deadline=4.0)
    assert table.slept == pytest.approx([2.0 * 3 / 4, 2.0 * 2 / 4, 2.0 * 1 / 4])


def test_at_the_deadline_it_tries_once_more_and_after_it_what_stands_there_is_the_answer(run: Any) -> None:
    assert not run(Told(*[Contended("x")] * 2, None, takes=1.0), deadline=2.0).replayed
    there = Told(*[Contended("x")] * 3, stands={**ENTRY, "pk": "p"}, takes=1.0)
    assert run(there, deadline=2.0) == StoredOutcome({**ENTRY, "pk": "p"}, replayed=True)
    with pytest.raises(LedgerBusy) as busy:
        run(Told(*[Contended("x")] * 3, takes=1.0), deadline=2.0)
    assert not busy.value.outcome_unknown


def test_a_state_that_was_torn_is_read_again_three_times(run: Any) -> None:
    movement = Moving(*[InvariantBroken("torn")] * 3)
    run(Told(None), movement)
    assert movement.asked == ["decide", "look again"] * 3 + ["decide"]
    with pytest.raises(InvariantBroken):
        run(Told(None), Moving(*[InvariantBroken("torn")] * 4))


def test_tries_that_were_lost_are_counted_by_what_ended_them(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from batua import observe

    told: list[dict[str, int]] = []
    monkeypatch.setattr(observe, "tally", lambda **counts: told.append(counts))
    overtaken = Cancelled([FINE, FAILED])
    run(Told(overtaken, overtaken, Contended("x"), Contended("x", [CONFLICT]), Contended("x", [CONFLICT]), None))
    assert told == [{"PostingsOvertaken": 2, "PostingsContended": 3, "ShardConflicts": 2}]
    run(Told(None))
    assert len(told) == 1


def test_a_key_that_is_taken_has_been_answered(run: Any) -> None:
    answered = Cancelled([Reason("ConditionalCheckFailed", {**ENTRY, "pk": "p"}), FAILED])
    assert run(Told(answered)) == StoredOutcome({**ENTRY, "pk": "p"}, replayed=True)
    silent = Told(Cancelled([FAILED]), stands={**ENTRY, "pk": "q"})
    assert run(silent) == StoredOutcome({**ENTRY, "pk": "q"}, replayed=True)
    with pytest.raises(EntryUnreadable):
        run(Told(Cancelled([FAILED])))
    other = Cancelled([Reason("ConditionalCheckFailed", {**ENTRY, "fp": b"x"})])
    with pytest.raises(IdempotencyKeyConflict):
        run(Told(other))


# Refusals


NO = Refusal("insufficient_balance", {"available": 3})


def test_a_refusal_says_all_of_the_order_that_a_list_shows(run: Any) -> None:
    table = Told()
    with pytest.raises(PostingRefused, match="insufficient_balance") as refused:
        run(table, Moving(NO))
    assert (refused.value.refusal, refused.value.replayed) == (NO, False)
    said = {
        "kind": "refused",
        "op": "redeem",
        "code": "insufficient_balance",
        "fig": {"available": 3},
        "fp": ORDER.fingerprint,
        "ref": "INV-1",
        "by": "key_1",
        "ip": "203.0.113.7",
        "wal": "wal_1",
    }
    assert table.written == [Put(ORDER.entry_key, said, when=ABSENT)]


def test_where_the_key_of_a_refusal_is_taken_what_stands_there_wins(run: Any) -> None:
    table = Told()
    table.taken = ConditionFailed({**ENTRY, "pk": "p"})
    assert run(table, Moving(NO)) == StoredOutcome({**ENTRY, "pk": "p"}, replayed=True)
    silent = Told(stands={"kind": "refused", "fp": ORDER.fingerprint, "code": "wallet_not_active", "fig": {}})
    silent.taken = ConditionFailed(None)
    with pytest.raises(PostingRefused) as refused:
        run(silent, Moving(NO))
    assert (refused.value.refusal, refused.value.replayed) == (Refusal("wallet_not_active", {}), True)


def test_a_refusal_that_is_not_kept_leaves_nothing_but_gives_what_stands_there(run: Any) -> None:
    table = Told()
    with pytest.raises(PostingRefused) as refused:
        run(table, Moving(NO), keep_refusal=False)
    assert (refused.value.refusal, refused.value.replayed, table.written) == (NO, False, [])
    there = Told(stands={**ENTRY, "pk": "p"})
    assert run(there, Moving(NO), keep_refusal=False) == StoredOutcome({**ENTRY, "pk": "p"}, replayed=True)


def test_under_a_mere_reference_a_refusal_is_listed_but_a_posting_alone_is_kept(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = PostingRequest("redeem", "live", SCOPE, SOURCE, "reference:INV-1", {"coins": 5}, by_reference=True)
    monkeypatch.setitem(globals(), "ORDER", named)
    table = Told()
    with pytest.raises(PostingRefused) as refused:
        run(table, Moving(NO))
    assert (refused.value.refusal, refused.value.replayed) == (NO, False)
    (listed,) = table.written
    assert (listed.item["ref"], listed.item["code"]) == ("INV-1", "insufficient_balance")
    assert listed.key != named.entry_key
    there = Told(stands={**ENTRY, "fp": named.fingerprint, "pk": "p"})
    assert run(there, Moving(NO)).replayed


def test_a_refusal_by_what_did_not_stand_in_one_moment_is_decided_again_until_the_deadline(run: Any) -> None:
    movement = Moving(NO)
    movement.stands = iter([False])
    assert not run(Told(None), movement).replayed
    assert movement.asked == ["decide", "stood", "decide"]
    for elapsed, granted in ((2.0, True), (2.5, False)):
        late = Moving([PUT, WALLET_PUT], NO)
        late.stands = iter([False])
        table = Told(Cancelled([FINE, FAILED]), None, takes=elapsed)
        if granted:
            assert not run(table, late, deadline=2.0).replayed
        else:
            with pytest.raises(PostingRefused):
                run(table, late, deadline=2.0)


# A desk over a fake table

PROGRAM = Program("prg", OWNER, "p", "closed", "Asia/Kolkata", expiry_months=1)
WALLET = Wallet(ids.derived_id("wal", "a"), ids.derived_id("cust", "a"))
HOLD = ids.derived_id("hold", "one")
MERCHANT = customer_coins.Merchant(SHOP, 0)
NOTE = keys.Key("directory", "ORDER", "o")


class Client(FaultyClient):
    """Leaves out what stood where a condition failed, if told to: DynamoDB need not hand it over."""

    silent = False

    def _call(self, name: str, call: Callable[..., Wire], request: Wire) -> Wire:
        if self.silent and name == "transact_write_items":
            for write in request["TransactItems"]:
                for body in write.values():
                    body.pop("ReturnValuesOnConditionCheckFailure")
        return super()._call(name, call, request)


class Counter:
    def __init__(self) -> None:
        self.client = Client(FakeDynamoDB())
        self.store = Store(self.client, "ledger", "directory", sleep=lambda _: None)
        self.desk = PostingService(self.store, PROGRAM)

    def post(self, key: str, decided: Callable[[PostingState], CoinDecision], **known: Any) -> Any:
        order = PostingRequest("move", "live", SCOPE, SOURCE, key, {})
        return self.desk.post(order, PostingState(**{"wallet": self.wallet(), "now": NOW, **known}), decided)

    def issue(self, key: str = "i", coins: int = 50, **known: Any) -> Any:
        return self.post(
            key,
            lambda s: customer_coins.decide_issue(s.wallet, PROGRAM, MERCHANT, s.now, coins=coins, bill=None),
            **known,
        )

    def hold(self) -> Any:
        self.post(
            "h",
            lambda s: customer_coins.decide_hold(
                s.wallet, PROGRAM, MERCHANT, s.now, id=HOLD, coins=20, expires_at=NOW + 9
            ),
        )
        return read_hold(self.item(keys.hold_key(SCOPE, HOLD)))

    def tries(self) -> int:
        return self.client.inner.calls.count("TransactWriteItems")

    def item(self, key: keys.Key) -> Record:
        return self.store.read([key])[key] or {}

    def wallet(self) -> Wallet:
        stands = self.item(keys.wallet_key(SCOPE, WALLET.id))
        return read_wallet(stands) if stands else WALLET


@pytest.fixture
def counter() -> Counter:
    return Counter()


def voiding(state: PostingState) -> CoinDecision:
    assert state.hold is not None
    return customer_coins.decide_void(state.wallet, PROGRAM, state.hold, state.now, why="voided")


def undoing(coins: int | None = None) -> Callable[[PostingState], CoinDecision]:
    def decided(state: PostingState) -> CoinDecision:
        assert state.original is not None
        return customer_coins.decide_reversal(state.wallet, PROGRAM, state.original, state.now, coins=coins)

    return decided


def test_items_made_on_a_first_entry_go_with_no_other_entry(counter: Counter) -> None:
    customer, other = (keys.customer_key(SCOPE, ids.derived_id("cust", name)) for name in "ab")
    counter.desk.extra_writes = on_first_entry(Put(customer, {"name": "Asha"}, when=ABSENT))
    counter.issue("first")
    counter.desk.extra_writes = on_first_entry(Put(other, {"name": "Bo"}, when=ABSENT))
    counter.issue("second")
    assert counter.item(customer)["name"] == "Asha"
    assert counter.item(other) == {}


def test_the_entry_says_the_programs_own_day_and_month(counter: Counter) -> None:
    late = clock.parse_iso("2026-11-30T20:30:00.000Z")
    entry = counter.issue(now=late).entry
    assert (entry.day, entry.month) == (20261201, 202612)
    counter.desk.program = replace(PROGRAM, kind="application")
    bare = counter.post(
        "a",
        lambda s: customer_coins.decide_issue(s.wallet, counter.desk.program, MERCHANT, s.now, coins=1, bill=None),
        now=late + 1,
    )
    assert (bare.entry.day, bare.entry.month) == (20261201, 202612)
    undoes = replace(coin_entries.original_from(entry, 0), month=202609)
    assert counter.post("u", undoing(), now=late + 2, original=undoes).entry.month == 202609


def test_an_extra_write_goes_with_the_posting_and_where_its_condition_fails_nothing_is_posted(counter: Counter) -> None:
    def extra_writes(posting: Posting) -> Sequence[Write]:
        return [Update(NOTE, set={"of": posting.amount}, when=Condition(missing=("of",)))]

    counter.desk.extra_writes = extra_writes
    counter.issue("first", 50)
    assert counter.item(NOTE)["of"] == 50
    with pytest.raises(PreconditionFailed) as overtaken:
        counter.issue("second", 7)
    assert (overtaken.value.key, str(overtaken.value)) == (NOTE, "o has changed")
    assert counter.wallet().balance == 50
    counter.desk.extra_writes = lambda posting: [Check(NOTE, Condition(present=("of",)))]
    counter.issue("third", 7)
    assert counter.wallet().balance == 57


def test_a_refusal_stands_in_its_merchants_list_at_a_time_that_does_not_run_backwards(counter: Counter) -> None:
    counter.issue()
    for key, now, at in (("a", NOW + 5, NOW + 5), ("b", NOW - 5, NOW)):
        with pytest.raises(PostingRefused):
            counter.post(
                key, lambda s: customer_coins.decide_redemption(s.wallet, PROGRAM, MERCHANT, s.now, coins=99), now=now
            )
        order = PostingRequest("move", "live", SCOPE, SOURCE, key, {})
        record = counter.item(order.entry_key)
        assert (record["wal"], record["g2s"]) == (WALLET.id, f"{clock.iso(at)}#{order.id}")
        assert record["g2p"] == keys.refusals_partition(SCOPE, SHOP)


def test_a_desk_that_keeps_no_refusals_keeps_none(counter: Counter) -> None:
    counter.desk.keep_refusal = False
    with pytest.raises(PostingRefused):
        counter.post("a", lambda s: customer_coins.decide_redemption(s.wallet, PROGRAM, MERCHANT, s.now, coins=99))
    assert counter.item(PostingRequest("move", "live", SCOPE, SOURCE, "a", {}).entry_key) == {}


@pytest.mark.parametrize("silent", [False, True])
def test_what_became_of_the_wallet_is_learned_from_the_first_try(counter: Counter, silent: bool) -> None:
    counter.issue("i", 50)
    old = counter.wallet()
    counter.issue("j", 7)
    counter.client.silent = silent
    entry = counter.issue("k", 5, wallet=old).entry
    assert (entry.before, entry.after, entry.seq) == (57, 62, 3)


@pytest.mark.parametrize("silent", [False, True])
def test_what_became_of_a_hold_is_learned(counter: Counter, silent: bool) -> None:
    counter.issue()
    held = counter.hold()
    stale = counter.wallet()
    counter.post("v", voiding, hold=held)
    counter.client.silent = silent
    tries = counter.tries()
    with pytest.raises(PostingRefused, match="hold_not_open"):
        counter.post("w", voiding, wallet=stale, hold=held)
    assert counter.tries() == tries + 1
    assert counter.wallet().balance == 50


def test_a_hold_is_made_once_and_ends_only_while_it_is_open(counter: Counter) -> None:
    counter.issue()
    held = counter.hold()
    counter.desk.deadline = 0
    with pytest.raises(LedgerBusy):
        counter.post(
            "again",
            lambda s: customer_coins.decide_hold(
                s.wallet, PROGRAM, MERCHANT, s.now, id=HOLD, coins=1, expires_at=NOW + 9
            ),
        )
    counter.store.write(Update(keys.hold_key(SCOPE, HOLD), set={"st": "captured"}))
    with pytest.raises(LedgerError):
        counter.post("v", lambda s: voiding(replace(s, hold=held)), hold=held)
    assert counter.wallet().held == 20


@pytest.mark.parametrize("silent", [False, True])
def test_how_much_of_the_original_is_undone_is_learned(counter: Counter, silent: bool) -> None:
    issued = counter.issue().entry
    undoes = coin_entries.original_from(issued, 0)
    stale = counter.wallet()
    counter.post("a", undoing(20), original=undoes)
    counter.client.silent = silent
    tries = counter.tries()
    posted = counter.post("b", undoing(), wallet=stale, original=undoes)
    assert counter.tries() == tries + 2
    assert (posted.entry.amount, counter.item(keys.reversed_sum_key(SCOPE, issued.id))["sum"]) == (30, 50)


def test_what_is_undone_according_to_nobody_is_not_undone(counter: Counter) -> None:
    issued = counter.issue().entry
    tries = counter.tries()
    posted = counter.post("a", undoing(), original=replace(coin_entries.original_from(issued, 0), reversed=20))
    assert counter.tries() == tries + 2
    assert (posted.entry.amount, counter.item(keys.reversed_sum_key(SCOPE, issued.id))["sum"]) == (50, 50)


def test_in_a_pause_wallet_hold_and_original_are_read_again(counter: Counter) -> None:
    issued = counter.issue().entry
    held = counter.hold()
    seen: list[PostingState] = []

    def watching(state: PostingState) -> CoinDecision:
        seen.append(state)
        return voiding(state)

    stale = counter.wallet()
    counter.post("a", undoing(20), original=coin_entries.original_from(issued, 0))
    counter.client.plan = iter(["none", "conflict"])
    counter.post("v", watching, wallet=stale, hold=held, original=coin_entries.original_from(issued, 0))
    first, second = seen
    assert (first.wallet.seq, second.wallet.seq) == (2, 3)
    assert first.original is not None
    assert second.original is not None
    assert (first.original.reversed, second.original.reversed) == (0, 20)


def test_an_original_that_was_never_undone_is_read_so(counter: Counter) -> None:
    issued = counter.issue().entry
    counter.client.plan = iter(["none", "conflict"])
    posted = counter.post("u", undoing(), original=coin_entries.original_from(issued, 0))
    assert posted.entry.amount == 50


def test_what_is_read_back_is_the_entry_that_stands(counter: Counter) -> None:
    posted = counter.issue()
    assert not posted.replayed
    assert read_entry(counter.item(keys.transaction_key(SCOPE, posted.entry.id))) == posted.entry
    assert counter.issue().replayed


def test_a_hold_that_ended_beside_another_is_told_by_its_condition_alone(counter: Counter) -> None:
    counter.issue()
    held, other = counter.hold(), ids.derived_id("hold", "other")
    counter.post(
        "o",
        lambda s: customer_coins.decide_hold(
            s.wallet, PROGRAM, MERCHANT, s.now, id=other, coins=20, expires_at=NOW + 9
        ),
    )
    counter.post("v", voiding, hold=held)
    tries = counter.tries()
    with pytest.raises(PostingRefused, match="hold_not_open"):
        counter.post("w", voiding, hold=held)
    assert (counter.tries(), counter.wallet().held) == (tries + 1, 20)


def test_a_refusal_by_what_was_read_apart_is_looked_at_again_and_may_be_a_success(counter: Counter) -> None:
    issued = counter.issue().entry
    held = counter.hold()
    assert counter.post("v", voiding, hold=replace(held, state="captured")).entry.kind == "void"
    undone = replace(coin_entries.original_from(issued, 0), reversed=50)
    assert counter.post("u", undoing(), original=undone).entry.amount == 50


def test_shards_are_looked_at_in_a_pause_and_counted_once_per_posting(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    for name in ("on_success", "refresh"):
        monkeypatch.setattr(posting.AllowanceShards, name, lambda self, name=name: asked.append(name))
    counter.issue()
    counter.issue()
    assert asked == ["on_success"]
    counter.client.plan = iter(["none", "conflict"])
    counter.issue("again")
    assert asked == ["on_success", "refresh", "on_success"]


@pytest.mark.parametrize("news", [True, False])
def test_news_of_a_shard_is_passed_on(counter: Counter, news: bool) -> None:
    class Shards:
        def on_cancelled(self, key: keys.Key, item: Record | None) -> bool:
            return news

    state = PostingState(WALLET, NOW)
    movement = posting._CoinPostingAttempt(counter.desk, ORDER, state, voiding, Shards())  # type: ignore[arg-type]
    planned = PlannedWrite("month", Update(keys.month_key(SCOPE, SHOP, 0, 202611), add={"room": -1}))
    assert movement.on_cancelled(planned, None) is news


def test_a_failed_condition_of_an_unknown_kind_is_an_error(counter: Counter) -> None:
    state = PostingState(WALLET, NOW)
    attempt = posting._CoinPostingAttempt(counter.desk, ORDER, state, voiding, None)  # type: ignore[arg-type]
    with pytest.raises(InvariantBroken, match="kind entry"):
        attempt.on_cancelled(PlannedWrite("entry", PUT), {"pk": "p"})


def test_a_hold_that_is_gone_is_not_ended(counter: Counter) -> None:
    counter.issue()
    held = counter.hold()
    del counter.client.inner.items["ledger", keys.hold_key(SCOPE, HOLD).pk, "HOLD"]
    counter.desk.deadline = 0
    with pytest.raises((AssertionError, LedgerError)):
        counter.post("v", voiding, hold=held)
    assert counter.wallet().held == 20


def test_what_is_not_said_is_one_shard_the_first_and_an_end_before_the_functions_own(counter: Counter) -> None:
    assert (PostingState(WALLET, NOW).shard, counter.desk.shard_count, counter.desk.deadline) == (0, 1, 24.0)


# Prefunded programs

MONEY = tenant_money.tenant_wallet("live", SHOP)


def fund(counter: Counter, **state: Any) -> None:
    counter.desk.program = replace(PROGRAM, funding="prefunded")
    counter.store.write(Put(MONEY.key, {"ten": SHOP, "asset": "INR", "free": 10_000, **state}))


def test_the_line_beside_an_issue_is_the_second_of_its_transaction(counter: Counter) -> None:
    fund(counter)
    posted = counter.issue()
    key = keys.funds_line_key(MONEY.scope, posted.entry.id, 1)
    line = read_line(counter.item(key))
    assert (line.id, line.number, line.line.change) == (posted.entry.id, 1, -5000)
    assert money_entries.load_balances(counter.store, MONEY)[MONEY.id].free == 5000
    counter.store.write(Put(keys.funds_line_key(MONEY.scope, order_of("x").id, 1), {"kind": "x"}))
    counter.desk.deadline = 0
    with pytest.raises(EntryUnreadable):
        counter.issue("x")
    assert counter.wallet().balance == 50


def order_of(key: str) -> PostingRequest:
    return PostingRequest("move", "live", SCOPE, SOURCE, key, {})


def test_a_frozen_wallet_of_the_merchants_pays_for_nothing_and_takes_back(counter: Counter) -> None:
    fund(counter)
    issued = counter.issue().entry
    fund(counter, frozen=1)
    with pytest.raises(PostingRefused, match="insufficient_float"):
        counter.issue("more")
    assert counter.post("u", undoing(), original=coin_entries.original_from(issued, 0)).entry.amount == 50
    assert money_entries.load_balances(counter.store, MONEY)[MONEY.id].free == 15_000
