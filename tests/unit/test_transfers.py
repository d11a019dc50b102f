"""Moving coins between customers' wallets: what is taken is what is given, lot by lot."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from batua import clock
from batua.ledger import lots
from batua.ledger.decisions import transfers
from batua.ledger.model import MirPolicy, Original, Posting, Program, Refusal, Wallet
from batua.money import MAX_MINOR

NOW = clock.parse_iso("2026-11-21T09:30:00Z")
PROGRAM = Program("prg", "ten_owner", "p", "network", "Asia/Kolkata", mir=MirPolicy())
SOURCE = Wallet("wal_a", "cust_a", {202611: 10, 202701: 20}, seq=3, last_at=NOW - 1000, opened_at=1, last_hash=b"h")
TARGET = Wallet("wal_b", "cust_b", {202701: 5}, seq=1, last_at=NOW - 1000, opened_at=1, last_hash=b"h")
ISSUE = Original("txn", "issue", "wal_a", 20, {202701: 20}, 202601, 0, "ten_shop", day=20260105)

LOTS = st.dictionaries(st.integers(202608, 202612), st.integers(1, 50), max_size=4)


def merge(source: Wallet, target: Wallet = TARGET) -> tuple[Posting, Posting]:
    out = transfers.decide_merge(source, target, PROGRAM, NOW)
    assert isinstance(out, Posting)
    return out, transfers.merged_into(target, PROGRAM, out, NOW)


def refused(source: Wallet = SOURCE, target: Wallet = TARGET) -> str:
    decision = transfers.decide_merge(source, target, PROGRAM, NOW)
    assert isinstance(decision, Refusal)
    return decision.code


@given(LOTS, LOTS, st.integers(0, 60))
def test_a_merge_gives_what_it_takes_and_lets_go_what_is_past(
    from_: dict[int, int], into: dict[int, int], debt: int
) -> None:
    source, target = replace(SOURCE, lots=from_), replace(TARGET, lots=into if not debt else {}, debt=debt)
    live = {month: count for month, count in from_.items() if month >= 202611}
    if not live:
        assert refused(source, target) == "nothing_to_transfer"
        return
    out, received = merge(source, target)
    assert out.after.lots == {}
    assert sum(leg.amount for leg in (*out.legs, *received.legs) if leg.account == "transferred") == 0
    assert received.lots == lots.negate_lots(out.lots) == live
    past = sum(out.expired.values()) + sum(received.expired.values())
    assert out.after.balance + received.after.balance == source.balance + target.balance - past


def test_a_merge_is_refused_where_coins_are_on_hold_or_below_zero_or_too_many() -> None:
    assert refused(replace(SOURCE, held=1)) == "wallet_has_holds"
    assert refused(replace(SOURCE, lots={}, debt=5)) == "nothing_to_transfer"
    assert refused(replace(SOURCE, status="frozen")) == "wallet_not_active"
    assert refused(target=replace(TARGET, status="frozen")) == "wallet_not_active"
    assert refused(target=replace(TARGET, lots={202701: MAX_MINOR})) == "balance_limit_exceeded"


def test_a_reassignment_takes_only_the_coins_of_the_issue_and_counts_it_as_reversed() -> None:
    source = replace(SOURCE, lots={202611: 10, 202701: 12})
    out = transfers.decide_reassignment(source, TARGET, PROGRAM, replace(ISSUE, reversed=3), NOW)
    assert isinstance(out, Posting)
    assert (out.amount, out.shortfall, out.months) == (12, 5, ())
    assert out.after.lots == {202611: 10}
    assert out.original is not None
    assert (out.original.reversed_before, out.original.reversed) == (3, 20)
    received = transfers.reassigned_to(TARGET, PROGRAM, out, NOW)
    assert (received.kind, received.after.lots, received.months) == ("issue", {202701: 17}, ())
    assert received.after.earned == {"ten_shop": 12}


def test_a_reassignment_of_the_same_day_leaves_room_under_the_daily_cap_of_the_source() -> None:
    today = replace(ISSUE, day=20261121)
    source = replace(SOURCE, earned_on=20261121, earned={"ten_shop": 25, "ten_else": 4})
    out = transfers.decide_reassignment(source, TARGET, PROGRAM, today, NOW)
    assert isinstance(out, Posting)
    assert out.after.earned == {"ten_shop": 5, "ten_else": 4}


def test_a_reassignment_of_what_is_reversed_spent_or_no_issue_is_refused() -> None:
    for source, original, code in (
        (SOURCE, replace(ISSUE, reversed=20), "nothing_to_reverse"),
        (replace(SOURCE, lots={202611: 10}), ISSUE, "coins_already_spent"),
        (SOURCE, replace(ISSUE, kind="redeem"), "not_reversible"),
        (SOURCE, replace(ISSUE, lots={202610: 20}), "coins_already_spent"),
    ):
        decision = transfers.decide_reassignment(source, TARGET, PROGRAM, original, NOW)
        assert isinstance(decision, Refusal)
        assert decision.code == code


def test_a_recall_takes_the_issues_lot_first_and_no_more_than_is_there() -> None:
    def recalled(coins: int, source: Wallet = SOURCE) -> Posting:
        out = transfers.decide_recall(source, TARGET, PROGRAM, NOW, coins=coins, month=202701, issued_in=202601)
        assert isinstance(out, Posting)
        received = transfers.merged_into(TARGET, PROGRAM, out, NOW)
        assert received.lots == lots.negate_lots(out.lots)
        assert (out.counterpart, received.counterpart) == (TARGET.id, source.id)
        assert sum(leg.amount for leg in (*out.legs, *received.legs) if leg.account == "transferred") == 0
        return out

    assert recalled(15).lots == {202701: -15}
    assert recalled(25).lots == {202701: -20, 202611: -5}
    assert recalled(99).amount == 30
    assert recalled(5, replace(SOURCE, status="frozen")).amount == 5
    empty = transfers.decide_recall(
        replace(SOURCE, lots={}), TARGET, PROGRAM, NOW, coins=1, month=202701, issued_in=202601
    )
    assert empty == Refusal("nothing_to_transfer", {"available": 0})
