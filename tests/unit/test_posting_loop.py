"""The loop of the posting path: how often it tries, how long it waits, what it learns, and what it leaves on record."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from batua import clock, ids
from batua.ledger.errors import (
    EntryUnreadable,
    IdempotencyKeyConflict,
    LedgerBusy,
    PostingRefused,
    PreconditionFailed,
)
from batua.ledger.model import InvariantBroken, Origin, Refusal
from batua.ledger.posting.pipeline import StoredOutcome, execute
from batua.ledger.posting.request import PlannedWrite, PostingRequest
from batua.store import keys
from batua.store.store import Cancelled, ConditionFailed, Contended, Reason
from batua.store.writes import ABSENT, Put
from tests.fakes.posting import WALLET as WALLET_PUT
from tests.fakes.posting import Moving, ScriptedTable

OWNER, SHOP = ids.derived_id("ten", "owner"), ids.derived_id("ten", "shop")
SCOPE = keys.scope("live", OWNER)
NOW = clock.parse_iso("2026-11-21T09:30:00.000Z")
SOURCE = Origin("key_1", "203.0.113.7", SHOP, reference="INV-1", request_id="req-7", claimed="asha")
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
    monkeypatch.setattr(random, "uniform", lambda low, high: high - low)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., StoredOutcome]:
    def running(
        table: ScriptedTable, movement: Moving | None = None, deadline: float = 24.0, **more: Any
    ) -> StoredOutcome:
        monkeypatch.setattr(time, "monotonic", lambda: table.time)
        return execute(table, ORDER, movement or Moving(), deadline, **more)  # type: ignore[arg-type]

    return running


def test_what_was_posted_is_told_with_its_place(run: Any) -> None:
    table = ScriptedTable(None)
    assert run(table) == StoredOutcome({"pk": ORDER.entry_key.pk, "sk": ORDER.entry_key.sk, **ENTRY}, replayed=False)
    assert table.committed[0].startswith("req_")
    assert table.slept == []


def test_after_a_lost_reply_the_token_is_kept_and_after_an_answer_a_new_one_is_taken(run: Any) -> None:
    silence = Contended("no reply came", outcome_unknown=True)
    table = ScriptedTable(silence, silence, Contended("x", [CONFLICT]), Cancelled([FINE, FAILED]), None, None)
    run(table)
    run(table)
    first, second, third, fourth, fifth, other = table.committed
    assert first == second == third
    assert len({third, fourth, fifth, other}) == 4
    assert all(token.startswith("req_") for token in table.committed)


def test_whether_nothing_was_written_is_known_only_where_every_commit_was_answered(run: Any) -> None:
    silence = Contended("no reply came", outcome_unknown=True)
    with pytest.raises(LedgerBusy) as busy:
        run(ScriptedTable(silence, *[Contended("x")] * 2, takes=1.0), deadline=2.0)
    assert busy.value.outcome_unknown
    with pytest.raises(LedgerBusy) as refused:
        run(ScriptedTable(silence, takes=1.0), Moving([PUT], NO), keep_refusal=False)
    assert refused.value.outcome_unknown


def test_a_table_that_stops_answering_after_a_lost_reply_leaves_the_outcome_unknown(run: Any) -> None:
    class Silent(Moving):
        def refresh(self) -> None:
            raise Contended("some items could not be read")

    for first, unknown in ((Contended("no reply came", outcome_unknown=True), True), (Contended("x"), False)):
        with pytest.raises(LedgerBusy) as busy:
            run(ScriptedTable(first), Silent())
        assert busy.value.outcome_unknown is unknown


def test_a_failed_precondition_is_the_requests_own_where_its_entry_is_there(run: Any) -> None:
    class Extra(Moving):
        def writes(self, decision: Any) -> list[PlannedWrite]:
            entry, record = super().writes(decision)
            return [entry, PlannedWrite("extra", record.write)]

    failed = Cancelled([FINE, Reason("ConditionalCheckFailed", {"seq": 7})])
    there = ScriptedTable(failed, stands={**ENTRY, "pk": "p"})
    assert run(there, Extra()) == StoredOutcome({**ENTRY, "pk": "p"}, replayed=True)
    with pytest.raises(PreconditionFailed) as raised:
        run(ScriptedTable(failed), Extra())
    assert (raised.value.key, raised.value.item) == (WALLET_PUT.key, {"seq": 7})


def test_an_optional_write_that_fails_is_left_out_of_the_next_try(run: Any) -> None:
    class Optional(Moving):
        def writes(self, decision: Any) -> list[PlannedWrite]:
            entry, record = super().writes(decision)
            planned = [entry, PlannedWrite("optional", record.write)]
            self.asked.append(str(len(planned)))
            return planned

    table, attempt = ScriptedTable(Cancelled([FINE, FAILED]), None), Optional()
    assert not run(table, attempt).replayed
    assert "learn" not in attempt.asked
    assert table.writes_of[-1] == [PUT]


def test_a_request_without_a_key_is_closed_before_it_is_called_busy(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    silence = Contended("no reply came", outcome_unknown=True)
    unkeyed = PostingRequest("redeem", "live", SCOPE, SOURCE, None, {"coins": 5})
    monkeypatch.setitem(globals(), "ORDER", unkeyed)
    table = ScriptedTable(*[silence] * 3, takes=1.0)
    with pytest.raises(LedgerBusy) as busy:
        run(table, deadline=2.0)
    assert not busy.value.outcome_unknown
    assert [(put.key, put.item["code"], put.when) for put in table.written] == [(unkeyed.entry_key, "busy", ABSENT)]
    late = ScriptedTable(*[silence] * 3, takes=1.0)
    late.taken = ConditionFailed({"kind": "redeem", "fp": unkeyed.fingerprint})
    assert run(late, deadline=2.0).replayed


def test_what_the_first_try_was_handed_is_used_at_once_and_later_ones_wait(run: Any) -> None:
    movement = Moving()
    table = ScriptedTable(Cancelled([FINE, FAILED]), Cancelled([FINE, FAILED]), None)
    run(table, movement)
    assert movement.asked == ["decide", "learn", "decide", "learn", "look again", "decide"]
    assert len(table.slept) == 1


def test_what_calls_for_another_try_at_once_is_not_waited_for(run: Any) -> None:
    table = ScriptedTable(Cancelled([FINE, FAILED]), Cancelled([FINE, FAILED]), None)
    attempt = Moving()
    attempt.on_cancelled = lambda planned, item: True  # type: ignore[method-assign]
    run(table, attempt)
    assert table.slept == []


def test_a_conflict_is_waited_for_from_the_first_on(run: Any) -> None:
    movement = Moving()
    table = ScriptedTable(Contended("x"), None)
    run(table, movement)
    assert movement.asked == ["decide", "hindered", "look again", "decide"]
    assert len(table.slept) == 1


def test_waits_double_with_the_tries_six_times_at_most_and_in_proportion_to_what_a_try_takes(run: Any) -> None:
    quick = ScriptedTable(*[Contended("x")] * 8, None)
    run(quick, deadline=10**9)
    assert quick.slept == pytest.approx([0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 0.64, 0.64])
    slow = ScriptedTable(*[Contended("x")] * 3, None, takes=0.5)
    run(slow, deadline=10**9)
    assert slow.slept == pytest.approx([1.0, 2.0, 2.0])


def test_whoever_has_waited_longest_waits_least(run: Any) -> None:
    table = ScriptedTable(*[Contended("x")] * 3, None, takes=1.0)
    run(table, deadline=4.0)
    assert table.slept == pytest.approx([2.0 * 3 / 4, 2.0 * 2 / 4, 2.0 * 1 / 4])


def test_at_the_deadline_it_tries_once_more_and_after_it_what_stands_there_is_the_answer(run: Any) -> None:
    assert not run(ScriptedTable(*[Contended("x")] * 2, None, takes=1.0), deadline=2.0).replayed
    there = ScriptedTable(*[Contended("x")] * 3, stands={**ENTRY, "pk": "p"}, takes=1.0)
    assert run(there, deadline=2.0) == StoredOutcome({**ENTRY, "pk": "p"}, replayed=True)
    with pytest.raises(LedgerBusy) as busy:
        run(ScriptedTable(*[Contended("x")] * 3, takes=1.0), deadline=2.0)
    assert not busy.value.outcome_unknown


def test_a_state_that_was_torn_is_read_again_three_times(run: Any) -> None:
    movement = Moving(*[InvariantBroken("torn")] * 3)
    run(ScriptedTable(None), movement)
    assert movement.asked == ["decide", "look again"] * 3 + ["decide"]
    with pytest.raises(InvariantBroken):
        run(ScriptedTable(None), Moving(*[InvariantBroken("torn")] * 4))


def test_tries_that_were_lost_are_counted_by_what_ended_them(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from batua import observe

    metrics: list[dict[str, int]] = []
    monkeypatch.setattr(observe, "tally", lambda **counts: metrics.append(counts))
    overtaken = Cancelled([FINE, FAILED])
    run(
        ScriptedTable(
            overtaken, overtaken, Contended("x"), Contended("x", [CONFLICT]), Contended("x", [CONFLICT]), None
        )
    )
    assert metrics == [{"PostingsOvertaken": 2, "PostingsContended": 3, "ShardConflicts": 2}]
    run(ScriptedTable(None))
    assert len(metrics) == 1


def test_a_key_that_is_taken_has_been_answered(run: Any) -> None:
    answered = Cancelled([Reason("ConditionalCheckFailed", {**ENTRY, "pk": "p"}), FAILED])
    assert run(ScriptedTable(answered)) == StoredOutcome({**ENTRY, "pk": "p"}, replayed=True)
    silent = ScriptedTable(Cancelled([FAILED]), stands={**ENTRY, "pk": "q"})
    assert run(silent) == StoredOutcome({**ENTRY, "pk": "q"}, replayed=True)
    with pytest.raises(EntryUnreadable):
        run(ScriptedTable(Cancelled([FAILED])))
    other = Cancelled([Reason("ConditionalCheckFailed", {**ENTRY, "fp": b"x"})])
    with pytest.raises(IdempotencyKeyConflict):
        run(ScriptedTable(other))


# Refusals


NO = Refusal("insufficient_balance", {"available": 3})


def test_a_refusal_says_all_of_the_order_that_a_list_shows(run: Any) -> None:
    table = ScriptedTable()
    with pytest.raises(PostingRefused, match="insufficient_balance") as refused:
        run(table, Moving(NO))
    assert (refused.value.refusal, refused.value.replayed) == (NO, False)
    said = {
        "kind": "refused",
        "op": "redeem",
        "as": None,
        "asset": None,
        "code": "insufficient_balance",
        "fig": {"available": 3},
        "fp": ORDER.fingerprint,
        "ref": "INV-1",
        "by": "key_1",
        "ip": "203.0.113.7",
        "req": "req-7",
        "for": "asha",
        "wal": "wal_1",
    }
    assert table.written == [Put(ORDER.entry_key, said, when=ABSENT)]


def test_where_the_key_of_a_refusal_is_taken_what_stands_there_wins(run: Any) -> None:
    table = ScriptedTable()
    table.taken = ConditionFailed({**ENTRY, "pk": "p"})
    assert run(table, Moving(NO)) == StoredOutcome({**ENTRY, "pk": "p"}, replayed=True)
    silent = ScriptedTable(stands={"kind": "refused", "fp": ORDER.fingerprint, "code": "wallet_not_active", "fig": {}})
    silent.taken = ConditionFailed(None)
    with pytest.raises(PostingRefused) as refused:
        run(silent, Moving(NO))
    assert (refused.value.refusal, refused.value.replayed) == (Refusal("wallet_not_active", {}), True)


def test_a_refusal_that_is_not_kept_leaves_nothing_but_gives_what_stands_there(run: Any) -> None:
    table = ScriptedTable()
    with pytest.raises(PostingRefused) as refused:
        run(table, Moving(NO), keep_refusal=False)
    assert (refused.value.refusal, refused.value.replayed, table.written) == (NO, False, [])
    there = ScriptedTable(stands={**ENTRY, "pk": "p"})
    assert run(there, Moving(NO), keep_refusal=False) == StoredOutcome({**ENTRY, "pk": "p"}, replayed=True)


def test_under_a_mere_reference_a_refusal_is_listed_but_a_posting_alone_is_kept(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = PostingRequest("redeem", "live", SCOPE, SOURCE, "reference:INV-1", {"coins": 5}, by_reference=True)
    monkeypatch.setitem(globals(), "ORDER", named)
    table = ScriptedTable()
    with pytest.raises(PostingRefused) as refused:
        run(table, Moving(NO))
    assert (refused.value.refusal, refused.value.replayed) == (NO, False)
    (listed,) = table.written
    assert (listed.item["ref"], listed.item["code"]) == ("INV-1", "insufficient_balance")
    assert listed.key != named.entry_key
    resent = ScriptedTable()
    resent.taken = ConditionFailed(listed.item)  # its own first coming, after a lost reply
    with pytest.raises(PostingRefused):
        run(resent, Moving(NO))
    there = ScriptedTable(stands={**ENTRY, "fp": named.fingerprint, "pk": "p"})
    assert run(there, Moving(NO)).replayed


def test_a_refusal_by_what_did_not_stand_in_one_moment_is_decided_again_until_the_deadline(run: Any) -> None:
    movement = Moving(NO)
    movement.stands = iter([False])
    assert not run(ScriptedTable(None), movement).replayed
    assert movement.asked == ["decide", "stood", "decide"]
    for elapsed, granted in ((2.0, True), (2.5, False)):
        late = Moving([PUT, WALLET_PUT], NO)
        late.stands = iter([False])
        table = ScriptedTable(Cancelled([FINE, FAILED]), None, takes=elapsed)
        if granted:
            assert not run(table, late, deadline=2.0).replayed
        else:
            with pytest.raises(PostingRefused):
                run(table, late, deadline=2.0)
