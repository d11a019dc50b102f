"""One request at the shards of a month: which it uses, when it looks at the others, and what it notes of conflicts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from batua import ids
from batua.ledger.decisions import allowance
from batua.ledger.model import CoinDecision, MonthChange, Original, Posting, Refusal, Shard
from batua.ledger.posting.allowance import AllowanceShards, shard_key_of
from batua.ledger.posting.customer_coins import _CoinPostingAttempt
from batua.ledger.posting.request import PlannedWrite, PostingState
from batua.ledger.posting.shard_scaling import (
    PAUSE_MS,
    QUIET_MS,
    ContentionTracker,
    ShardScaling,
    shard_of,
)
from batua.ledger.posting.shards import MonthLocation
from batua.store import keys
from batua.store.store import Contended, Reason
from batua.store.writes import ALWAYS, Condition, Put, Update, Write
from tests.unit.choosing_fixtures import STATE, issuing
from tests.unit.escrow_books import MONTH, REFUSALS, SHUT, Books
from tests.unit.posting_fixtures import BAKERY, NOW, PROGRAM, SCOPE, SHOP, WALLET, key_on, order

COUNT = 4
NO = Refusal("mir_limit_reached", {})
CONFLICT, FAILED = Reason("TransactionConflict", None), Reason("ConditionalCheckFailed", None)
AT_A_SHARD: Write = Update(MONTH.key(1), add={"issued": 1})
AT_A_WALLET: Write = Update(keys.wallet_key(SCOPE, WALLET.id), add={"seq": 1})


class Deciding:
    """A decision that keeps the states that it was made in."""

    def __init__(self, decided: Callable[[PostingState], CoinDecision]) -> None:
        self.decided = decided
        self.states: list[PostingState] = []

    def __call__(self, state: PostingState) -> CoinDecision:
        self.states.append(state)
        return self.decided(state)


def choosing(
    books: Books, shard: int = 1, *, spread: ShardScaling | None = None, count: int = COUNT
) -> AllowanceShards:
    """A request that tries this shard first."""
    asked = order("issue", key_on(shard, "issue", count))
    return AllowanceShards(books, asked, count, spread, ContentionTracker(), lambda: NOW)


# Which shard


def test_after_each_conflict_another_shard_is_tried() -> None:
    escrow = choosing(Books())
    tried = [escrow.shard]
    for _ in range(3):
        escrow.on_conflict()
        tried.append(escrow.shard)
    id = escrow.request.id
    assert tried == [shard_of(name, COUNT) for name in (id, f"{id}#1", f"{id}#2", f"{id}#3")]


def test_a_decision_is_made_by_one_shard_unseen_whatever_else_is_known() -> None:
    books, deciding = Books(), Deciding(issuing())
    escrow = choosing(books, 3)
    decided = escrow.decide(deciding, replace(STATE, shards={0: Shard()}))
    assert isinstance(decided, Posting)
    assert [change.shard for change in decided.months] == [3]
    assert [(state.shard, state.shards) for state in deciding.states] == [(3, None)]
    assert escrow.used
    assert books.client.calls == []


@pytest.mark.parametrize("decided", [NO, issuing(moves=())(STATE)])
def test_what_needs_no_month_uses_no_shard(decided: CoinDecision) -> None:
    escrow = choosing(Books())
    assert escrow.decide(lambda _: decided, STATE) is decided
    assert not escrow.used


def test_a_change_counts_in_the_books_of_the_merchant_that_issued_whoever_asks() -> None:
    issued, asked = issuing()(STATE), order("reverse", "k")
    change = issued.months[0]
    assert shard_key_of(asked, issued, change) == keys.month_key(SCOPE, SHOP, 99, 202611)
    original = Original(ids.derived_id("txn", "o"), "issue", WALLET.id, 5, {}, 202611, 2, BAKERY)
    undone = replace(issued, original=original)
    assert shard_key_of(asked, undone, change) == keys.month_key(SCOPE, BAKERY, 99, 202611)


# Looking at all of them


def looked(books: Books, shard: int = 1) -> AllowanceShards:
    """A request that has been sent away by its shard, and knows all of them."""
    escrow = choosing(books, shard)
    assert escrow.on_cancelled(MONTH.key(shard), None)
    books.client.calls.clear()
    books.commits.clear()
    return escrow


def two(room: int = 0) -> Books:
    return Books(Shard(room=room, epoch=1, shard_count=2), Shard(room=room))


def test_once_they_were_seen_all_shards_decide_for_the_shard_of_the_request() -> None:
    books = two(4000)
    escrow, deciding = looked(books), Deciding(issuing())
    decided = escrow.decide(deciding, STATE)
    assert isinstance(decided, Posting)
    assert decided.months == tuple(allowance.issue_change(PROGRAM.mir, 202611, 1, 5) for _ in range(1))
    assert [(state.shard, state.shards) for state in deciding.states] == [(1, None), (1, escrow.shards)]
    assert books.client.calls == []


NEXT = issuing()(STATE)


def refused(state: PostingState) -> CoinDecision:
    """Refused for want of room, once the shards are known."""
    return NO if state.shards else issuing()(state)


@pytest.mark.parametrize(("books", "shard"), [(two(), 1), (Books(Shard(room=7)), 0)], ids=["two", "one"])
def test_a_refusal_for_want_of_room_is_confirmed_by_a_second_equal_reading(books: Books, shard: int) -> None:
    escrow = looked(books, shard)
    assert escrow.decide(refused, STATE) is NO
    assert escrow.refused
    assert books.client.calls == []
    deciding = Deciding(refused)
    assert escrow.confirm_refusal(deciding, STATE)
    assert books.client.calls == ["BatchGetItem"] * len(escrow.shards)
    assert deciding.states == []


def test_only_a_refusal_that_rests_on_the_shards_needs_them_confirmed() -> None:
    escrow = looked(two())
    assert not escrow.refused
    assert escrow.decide(refused, STATE) is NO
    assert escrow.decide(lambda _: NO, STATE) is NO
    assert not escrow.refused


def test_a_refusal_is_decided_again_from_shards_that_have_changed() -> None:
    books = two()
    escrow = looked(books)
    escrow.decide(refused, STATE)
    books.write(Update(MONTH.key(1), add={"issued": 5}))
    assert not escrow.confirm_refusal(refused, STATE)
    assert escrow.shards[1].issued == 5
    assert escrow.confirm_refusal(refused, STATE)


@pytest.mark.parametrize(("needed", "confirmed"), [(7, False), (8, True)])
def test_where_shards_change_at_every_look_the_most_room_there_can_have_been_decides(
    needed: int, confirmed: bool
) -> None:
    books = two()
    escrow = looked(books)
    deciding = Deciding(lambda state: NO if sum(s.room for s in (state.shards or {}).values()) < needed else NEXT)
    answers = []
    for _ in range(4):
        escrow.decide(refused, STATE)
        # Room that was given and used again between two looks: both find none.
        books.write(Update(MONTH.key(1), add={"raised": 7}))
        answers.append(escrow.confirm_refusal(deciding, STATE))
    assert answers == [False, False, False, confirmed]
    assert [state.shard for state in deciding.states] == [1]


def test_shards_that_cannot_be_closed_are_tried_eight_times() -> None:
    books = two(100)
    escrow = looked(books)
    deciding = Deciding(issuing(moves=(allowance.issue_change(PROGRAM.mir, 202611, 1, -5),)))
    books.refusal = REFUSALS[1]
    with pytest.raises(Contended, match="kept changing"):
        escrow.decide(deciding, STATE)
    assert [state.shards is None for state in deciding.states] == [True, False] * 8


def test_what_was_seen_of_one_month_is_forgotten_in_another() -> None:
    books = two()
    escrow, december = looked(books), MonthChange(202612, 1, issued=5)
    decided = escrow.decide(issuing(moves=(december,)), STATE)
    assert isinstance(decided, Posting)
    assert decided.months == (december,)
    assert escrow.shards == {}


def test_who_shut_the_others_does_not_open_one_for_itself() -> None:
    books = two(100)
    escrow = looked(books)
    undone = allowance.issue_change(PROGRAM.mir, 202611, 1, -5)
    decided = escrow.decide(issuing(moves=(undone,)), STATE)
    assert isinstance(decided, Posting)
    assert [change.epoch for change in decided.months] == [2]
    assert len(books.commits) == 1
    escrow.refresh()
    assert escrow.exclusive
    assert [shard.open for shard in escrow.shards.values()] == [True, False]
    assert len(books.commits) == 1


# News


def test_what_stands_at_the_first_shard_is_taken_as_it_was_handed_over() -> None:
    for shard, reads in ((0, []), (1, ["BatchGetItem"])):
        books = Books(Shard(room=7))
        books.refusal = REFUSALS[0]
        escrow = choosing(books, 0)
        assert escrow.on_cancelled(MONTH.key(shard), {"room": 5})
        assert escrow.shards[0].room == (7 if shard else 5)
        assert books.client.calls == reads
        assert escrow.month == MonthLocation.of(MONTH.key(0))


def test_only_the_first_look_at_all_shards_is_news() -> None:
    escrow = looked(two(4000))
    assert escrow.on_cancelled(MONTH.key(1), None) is False


def test_in_a_pause_what_was_seen_is_looked_at_again_and_nothing_else() -> None:
    books = two(7)
    escrow = choosing(books)
    escrow.refresh()
    assert books.client.calls == []
    escrow.on_cancelled(MONTH.key(1), None)
    books.write(Update(MONTH.key(1), add={"room": 5}))
    escrow.refresh()
    assert escrow.shards[1].room == 12


def test_a_shard_that_others_are_opening_is_waited_for_four_times() -> None:
    books = Books(Shard(room=1000))
    books.refusal = REFUSALS[0]
    escrow = choosing(books)
    news = [(escrow.on_cancelled(MONTH.key(1), None), bool(escrow.shards)) for _ in range(6)]
    assert news == [(False, False)] * 4 + [(True, True), (False, True)]
    assert len(books.commits) == 6


@pytest.mark.parametrize("first", [Shard(room=-1, room_new=5), Shard(room=5, room_new=-1)])
def test_beside_a_first_shard_below_zero_no_other_is_opened(first: Shard) -> None:
    books = Books(first)
    assert choosing(books).on_cancelled(MONTH.key(1), None)
    assert books.commits == []


@pytest.mark.parametrize("first", [Shard(), Shard(room=5), Shard(room_new=5)])
def test_beside_a_first_shard_without_room_others_are_opened_all_the_same(first: Shard) -> None:
    books = Books(first)
    escrow = choosing(books)
    assert escrow.on_cancelled(MONTH.key(1), None)
    assert escrow.shards[1].open


def test_a_shard_that_is_open_is_not_opened_again_and_one_that_was_shut_is() -> None:
    books = Books(Shard(room=8000, epoch=1, shard_count=3), Shard(room=7), SHUT)
    choosing(books, 1).on_cancelled(MONTH.key(1), None)
    assert books.commits == []
    escrow = choosing(books, 2)
    escrow.on_cancelled(MONTH.key(2), None)
    assert len(books.commits) == 1
    assert (escrow.shards[2].open, escrow.shards[2].room) == (True, 2000)


# Conflicts


@pytest.mark.parametrize(
    ("writes", "reasons", "met"),
    [
        ([AT_A_WALLET, AT_A_SHARD], [FAILED, CONFLICT], True),
        ([AT_A_WALLET, AT_A_SHARD], [CONFLICT, FAILED], False),
        ([AT_A_SHARD], [FAILED], False),
        ([AT_A_SHARD], [], False),
    ],
)
def test_only_a_conflict_at_a_shard_says_that_there_are_too_few(
    writes: list[Write], reasons: list[Reason], met: bool
) -> None:
    escrow = looked(two())
    attempt = _CoinPostingAttempt(None, escrow.request, STATE, issuing(), escrow)  # type: ignore[arg-type]
    kinds = ("month" if write is AT_A_SHARD else "wallet" for write in writes)
    assert attempt.on_contention([*map(PlannedWrite, kinds, writes)], reasons) is met  # type: ignore[arg-type]
    assert bool(escrow.shards) is not met
    assert escrow.conflicts == met
    assert (escrow.tracker.of(SHOP, COUNT) > 0) is met


def test_a_try_that_got_through_lowers_the_strain_where_it_used_a_shard() -> None:
    escrow = choosing(Books())
    escrow.on_conflict()
    strained = escrow.tracker.of(SHOP, COUNT)
    escrow.on_success()
    assert escrow.tracker.of(SHOP, COUNT) == strained
    escrow.decide(issuing(), STATE)
    escrow.on_success()
    assert 0 < escrow.tracker.of(SHOP, COUNT) < strained


class Directory(Books):
    """Keeps what is written down of a merchant's number of shards."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[tuple[Put | Update, bool]] = []

    def write(self, write: Put | Update, *, return_old_on_failure: bool = True) -> None:
        self.written.append((write, return_old_on_failure))
        if self.refusal:
            raise self.refusal
        super().write(replace(write, when=ALWAYS), return_old_on_failure=return_old_on_failure)


@pytest.mark.parametrize("at", [0, NOW - PAUSE_MS])
def test_another_number_of_shards_is_written_over_the_one_that_was_read(at: int) -> None:
    books = Directory()
    escrow = choosing(books, spread=ShardScaling(COUNT, COUNT, at))
    for _ in range(4):
        escrow.on_conflict()
    assert books.written == []
    escrow.on_conflict()
    since = {"equal": {"shards": 4, "spread_at": at}} if at else {"equal": {"shards": 4}, "missing": ("spread_at",)}
    written = Update(keys.tenant_key(SHOP), set={"shards": 8, "spread_at": NOW}, when=Condition(**since))
    # The role may see these two attributes of a tenant and no other: what stands there instead is not asked for.
    assert books.written == [(written, False)]
    assert (escrow.count, escrow.scaling) == (8, ShardScaling(8, COUNT, NOW))
    for _ in range(9):
        escrow.on_conflict()
    assert len(books.written) == 1


def test_a_quiet_hour_is_noticed_by_the_first_posting_that_gets_through_after_it() -> None:
    books = Directory()
    escrow = choosing(books, spread=ShardScaling(COUNT, 1, NOW - QUIET_MS))
    escrow.decide(issuing(), STATE)
    escrow.on_success()
    assert [write.set for write, _ in books.written if isinstance(write, Update)] == [{"shards": 2, "spread_at": NOW}]
    assert (escrow.count, escrow.scaling) == (2, ShardScaling(2, 1, NOW))
