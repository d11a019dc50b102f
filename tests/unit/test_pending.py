"""Pending coins: in the balance, not to be spent before their day, and the first to go when their issue is undone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batua import clock, ids
from batua.audit.coin_records import CoinRecords
from batua.audit.replay import replay_scope, replay_wallet
from batua.identity.tenant import program_item, read_program
from batua.ledger.decisions import customer_coins, transfers
from batua.ledger.decisions.customer_coins import Merchant, wallet_as_of
from batua.ledger.lots import PendingLot, add_pending, beyond_lots, pending_on, read_pending, take_pending
from batua.ledger.model import CoinDecision, InvariantBroken, Origin, Original, Posting, Program, Refusal, Wallet
from batua.ledger.queries.coin_entries import original_from
from batua.ledger.records.customer_coins import entry_item, read_entry, read_wallet, wallet_item
from batua.ledger.totals import sums_of
from batua.store import keys

OWNER, ASHA, BILAL = (ids.derived_id(*name) for name in (("ten", "pend"), ("wal", "asha"), ("wal", "bilal")))
SHOP, SCOPE, TXN = Merchant(OWNER, 0), keys.scope("live", OWNER), ids.derived_id("txn", "original")
ZONE = "Asia/Kolkata"
NOW = clock.parse_iso("2026-11-20T06:00:00Z")
PROGRAM = Program(ids.derived_id("prg", "pend"), OWNER, "p", "closed", ZONE, pending_days=14)
LOT = PendingLot(20261205, 202712)
THEN = clock.day_start(LOT.day, ZONE)


def asha(**more: Any) -> Wallet:
    return Wallet(ASHA, "cust", seq=1, opened_at=1, **more)


def posted(decision: CoinDecision) -> Posting:
    assert isinstance(decision, Posting), decision
    return decision


def issued(wallet: Wallet, coins: int = 10, now: int = NOW, program: Program = PROGRAM) -> Posting:
    return posted(customer_coins.decide_issue(wallet, program, SHOP, now, coins=coins, bill=None))


def redeem(wallet: Wallet, coins: int, now: int) -> CoinDecision:
    return customer_coins.decide_redemption(wallet, PROGRAM, SHOP, now, coins=coins)


def original(posting: Posting) -> Original:
    return Original(
        "txn", "issue", posting.after.id, posting.amount, posting.lots, 202611, 0, OWNER,
        day=20261120, pending=posting.pending,
    )  # fmt: skip


def test_issued_coins_wait_for_the_returns_and_expire_so_much_later() -> None:
    posting = issued(asha())
    assert (posting.pending, posting.lots, posting.after.pending) == ({LOT: 10}, {202712: 10}, {LOT: 10})
    assert (posting.after.available, posting.after.balance) == (10, 10)
    before, after = wallet_as_of(posting.after, PROGRAM, THEN - 1), wallet_as_of(posting.after, PROGRAM, THEN)
    assert (before.available, before.owned, before.balance, before.pending) == (0, 10, 10, {LOT: 10})
    assert (after.available, after.pending) == (10, {})
    assert redeem(posting.after, 1, THEN - 1) == Refusal(
        "insufficient_balance", {"balance": 10, "available": 0, "requested": 1}
    )
    spent = posted(redeem(posting.after, 4, THEN))
    assert (spent.lots, spent.pending, spent.after.pending) == ({202712: -4}, {}, {})


def test_without_a_time_for_returns_coins_are_available_at_once() -> None:
    posting = issued(asha(), program=replace(PROGRAM, pending_days=0))
    assert (posting.pending, posting.after.pending, posting.lots) == ({}, {}, {202711: 10})


def test_spending_and_holding_take_what_is_available_alone() -> None:
    wallet = issued(asha(lots={202712: 5, 202801: 7})).after
    spent = posted(redeem(wallet, 12, NOW))
    assert (spent.spent, spent.after.lots, spent.after.pending) == ({202712: 5, 202801: 7}, {202712: 10}, {LOT: 10})
    refused = customer_coins.decide_hold(wallet, PROGRAM, SHOP, NOW, id="hold", coins=13, expires_at=THEN)
    assert isinstance(refused, Refusal)
    assert refused.figures["available"] == 12


def test_a_reversal_takes_the_issues_own_pending_coins_first_then_what_can_be_spent_then_other_pending_ones() -> None:
    first = issued(asha(lots={202711: 5}))
    later = issued(first.after, 6, NOW + 3 * clock.DAY_MS)
    other = PendingLot(20261208, 202712)
    whole = posted(customer_coins.decide_reversal(later.after, PROGRAM, original(first), NOW + 4 * clock.DAY_MS))
    assert (whole.amount, whole.pending, whole.after.lots) == (10, {LOT: -10}, {202711: 5, 202712: 6})
    assert whole.after.pending == {other: 6}
    old = replace(original(first), amount=18, pending={})
    more = posted(customer_coins.decide_reversal(whole.after, PROGRAM, old, NOW + 5 * clock.DAY_MS, coins=9))
    assert (more.lots, more.pending, more.shortfall) == ({202711: -5, 202712: -4}, {other: -4}, 0)
    short = posted(customer_coins.decide_reversal(more.after, PROGRAM, old, NOW + 6 * clock.DAY_MS, coins=9))
    assert (short.amount, short.shortfall, short.after.pending) == (2, 7, {})


def test_coins_that_are_owed_are_taken_out_of_pending_ones() -> None:
    posting = issued(asha(debt=4))
    assert (posting.pending, posting.after.pending, posting.after.lots) == ({LOT: 6}, {LOT: 6}, {202712: 6})


def test_a_merge_a_recall_and_a_reassignment_leave_pending_coins_pending() -> None:
    first, target = issued(asha(lots={202711: 5})), Wallet(BILAL, "other", seq=1, opened_at=1)
    out = posted(transfers.decide_merge(first.after, target, PROGRAM, NOW))
    into = transfers.merged_into(target, PROGRAM, out, NOW)
    assert (out.amount, out.after.pending, out.after.lots) == (15, {}, {})
    assert (into.after.pending, into.after.lots) == ({LOT: 10}, {202711: 5, 202712: 10})
    back = posted(
        transfers.decide_recall(
            into.after, out.after, PROGRAM, NOW, coins=8, month=202712, issued_in=202611, issued={LOT: 10}
        )
    )
    assert (back.pending, transfers.merged_into(out.after, PROGRAM, back, NOW).after.pending) == ({LOT: -8}, {LOT: 8})
    moved = posted(transfers.decide_reassignment(first.after, target, PROGRAM, original(first), NOW))
    assert (moved.after.pending, moved.after.lots) == ({}, {202711: 5})
    assert transfers.reassigned_to(target, PROGRAM, moved, NOW).pending == {LOT: 10}


def test_a_posting_whose_pending_coins_are_not_in_their_lot_cannot_be_made() -> None:
    posting = issued(asha())
    with pytest.raises(InvariantBroken, match="what is pending is a part of its lot"):
        replace(posting, after=replace(posting.after, pending={LOT: 11}))


def test_parts_are_taken_from_the_lots_named_first_then_from_those_spendable_last() -> None:
    one, two, three = (PendingLot(day, 202712) for day in (20261205, 20261206, 20261207))
    pending = {one: 2, two: 3, three: 4}
    assert take_pending(pending, 4, first=[one]) == {one: 2, three: 2}
    assert take_pending(pending, 6, first=[LOT._replace(day=1)]) == {three: 4, two: 2}
    assert take_pending(pending, 0) == {}
    assert beyond_lots(pending, {202712: 9}) == {}
    assert beyond_lots(pending, {202712: 4}) == {three: 4, two: 1}
    assert pending_on(pending, 20261205) == {two: 3, three: 4}
    assert add_pending(pending, {one: -2, two: 1}) == {two: 4, three: 4}
    assert [clock.add_days(day, 15) for day in (20261220, 20280215)] == [20270104, 20280301]


def test_the_items_keep_them_and_the_month_s_totals_count_them() -> None:
    assert read_program({k: v for k, v in program_item(PROGRAM).items() if v is not None}) == PROGRAM
    posting = issued(asha())
    item = entry_item(SCOPE, TXN, posting, Origin("key", "::1", OWNER), b"", 20261120, 202611)
    assert (item["pend"], read_pending(item["pend"])) == ({"20261205-202712": 10}, {LOT: 10})
    record = {"pk": keys.transaction_key(SCOPE, TXN).pk, "sk": "TX", **item}
    assert original_from(read_entry(record), 0).pending == {LOT: 10}
    stored = {name: value for name, value in wallet_item(SCOPE, posting.after).items() if value is not None}
    assert read_wallet({"pk": keys.wallet_key(SCOPE, ASHA).pk, **stored}) == posting.after
    assert {name: n for (_, name), n in sums_of(record).items() if name[0] == "p"} == {"p20261205": 10}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["issue", "issue", "undo", "part", "spend", "wait"]), st.integers(0, 40), st.integers(1, 9)
    ),
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(STEPS, st.sampled_from(["cap", "negative", "reject"]), st.sampled_from([0, 1, None]))
def test_no_coin_is_spent_before_its_day_whatever_happens(
    steps: list[tuple[str, int, int]], policy: Any, lifetime: int | None
) -> None:
    program = replace(PROGRAM, reversal=policy, expiry_months=lifetime, pending_days=3)
    wallet, now = Wallet(ASHA, "cust"), NOW
    entries: dict[str, dict[str, Any]] = {}
    issues: list[tuple[str, int]] = []
    undone: Counter[str] = Counter()
    month: Counter[tuple[int, str]] = Counter()
    spent = 0
    for number, (step, which, coins) in enumerate(steps):
        name = ids.derived_id("txn", str(number))
        now += clock.DAY_MS if step == "wait" else 60_000
        if step == "issue":
            decision = customer_coins.decide_issue(wallet, program, SHOP, now, coins=coins, bill=None)
        elif step == "spend":
            decision = customer_coins.decide_redemption(wallet, program, SHOP, now, coins=coins)
        elif step in ("undo", "part") and issues:
            original = issues[which % len(issues)][0]
            undoes = original_from(read_entry(entries[original]), undone[original])
            part = None if step == "undo" else coins
            decision = customer_coins.decide_reversal(wallet, program, undoes, now, coins=part)
        else:
            continue
        if isinstance(decision, Refusal):
            continue
        day = clock.local_day(now, ZONE)
        counted = decision.months[0].month if decision.months else day // 100
        item = entry_item(SCOPE, name, decision, Origin("key", "::1", OWNER), b"", day, counted)
        entries[name] = {"pk": keys.transaction_key(SCOPE, name).pk, "sk": "TX", **item}
        wallet = replace(decision.after, last_hash=item["hash"])
        figure, sign = {"issue": ("issued", 1), "redeem": ("redeemed", 1)}.get(decision.kind, ("issued", -1))
        month[counted, figure] += sign * decision.amount
        if decision.kind == "issue":
            issues.append((name, day + 0))
        elif decision.original is not None:
            undone[decision.original.id] = decision.original.reversed
        else:
            spent += decision.amount
            ripe = sum(
                read_entry(entries[id]).amount
                for id, made in issues
                if clock.add_days(made, program.pending_days) < day
            )
            assert spent <= ripe, "no more was spent than was issued more than three days ago"
    assert beyond_lots(wallet.pending, wallet.lots) == {}
    stored = {name: value for name, value in wallet_item(SCOPE, wallet).items() if value is not None}
    months = {(OWNER, m, 0): {"reach": 1, "issued": 0, "redeemed": 0} for m, _ in month}
    for (m, figure), count in month.items():
        months[OWNER, m, 0][figure] = count
    books = CoinRecords(tuple(entries.values()), {ASHA: stored} if wallet.seq else {}, {}, +undone, months)
    assert replay_scope(SCOPE, books) == []


def test_an_audit_finds_pending_coins_that_were_spent() -> None:
    posting = issued(Wallet(ASHA, "cust"))
    item = entry_item(SCOPE, TXN, posting, Origin("key", "::1", OWNER), b"", 20261120, 202611)
    first = {"pk": keys.transaction_key(SCOPE, TXN).pk, "sk": "TX", **item}
    forged = replace(posting.after, last_hash=item["hash"], pending={})
    spent = posted(redeem(forged, 4, NOW + 5))
    other = ids.derived_id("txn", "spent")
    item = entry_item(SCOPE, other, spent, Origin("key", "::1", OWNER), b"", 20261120, 202611)
    second = {"pk": keys.transaction_key(SCOPE, other).pk, "sk": "TX", **item}
    wallet = {**wallet_item(SCOPE, replace(spent.after, last_hash=item["hash"]))}
    stored = {name: value for name, value in wallet.items() if value is not None}
    found = replay_wallet(SCOPE, ASHA, CoinRecords((first, second), {ASHA: stored}, {}, {}, {}))
    assert "what is pending is a part of its lot" in {finding.invariant for finding in found}
