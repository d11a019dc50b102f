"""Postings of customers' wallets: what they write, and what each failed condition teaches them."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from batua import clock, ids
from batua.ledger.decisions import customer_coins
from batua.ledger.errors import (
    LedgerBusy,
    LedgerError,
    PostingRefused,
    PreconditionFailed,
)
from batua.ledger.model import CoinDecision, InvariantBroken, Posting
from batua.ledger.posting import customer_coins as posting
from batua.ledger.posting.allowance import AllowanceShards
from batua.ledger.posting.request import PlannedWrite, PostingRequest, PostingState, on_first_entry
from batua.ledger.queries import coin_entries
from batua.ledger.records.customer_coins import read_entry
from batua.store import keys
from batua.store.store import Reason, Record
from batua.store.writes import ABSENT, Check, Condition, Put, Update, Write
from tests.unit.counter_fixtures import (
    HOLD,
    MERCHANT,
    NOW,
    PROGRAM,
    SCOPE,
    SHOP,
    SOURCE,
    WALLET,
    Counter,
    counter,  # noqa: F401 - fixtures
    undoing,
)

ORDER = PostingRequest("redeem", "live", SCOPE, SOURCE, "k", {"coins": 5})
FAILED, FINE = Reason("ConditionalCheckFailed", None), Reason("None", None)
CONFLICT = Reason("TransactionConflict", None)
ENTRY = {"kind": "redeem", "fp": ORDER.fingerprint}
PUT = Put(ORDER.entry_key, ENTRY, when=ABSENT)
NOTE = keys.Key("directory", "ORDER", "o")


def voiding(state: PostingState) -> CoinDecision:
    assert state.hold is not None
    return customer_coins.decide_void(state.wallet, PROGRAM, state.hold, state.now, why="voided")


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
        monkeypatch.setattr(AllowanceShards, name, lambda self, name=name: asked.append(name))
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
