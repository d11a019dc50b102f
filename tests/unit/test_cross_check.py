"""What `verify` compares with records that stand elsewhere, tampering by tampering (`tests/tampering`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from batua import clock, ids
from batua.audit import verify
from batua.audit.cross_check import check_totals
from batua.ledger import totals
from batua.ledger.decisions import tenant_money
from batua.store import keys, program_keys
from batua.store.codec import encode
from batua.store.store import Store
from batua.store.writes import Put, Update
from tests.fakes.dynamodb import FakeDynamoDB
from tests.tampering import page
from tests.tampering.books import (
    ASHA,
    LATER,
    MONEY,
    NOW,
    OWNER,
    PROGRAM,
    SCOPE,
    SHOP,
    Books,
    cut_the_tail,
    delete_a_debit,
    delete_a_whole_wallet,
    delete_both_sides_of_a_transfer,
    delete_the_childs_side,
    delete_the_parents_side,
    delete_the_payment_of_an_issue,
    put_off_the_end_of_a_hold,
    raise_the_overdraft,
    raise_the_room,
    rewrite_the_last_entry,
)

DAY, TOTALS = "20261121", "added up from the stream, is the sum of the entries"
BETWEEN = "what leaves one wallet enters another, in all books"
FUNDING = "an issue of a prefunded program stands beside the line that paid for it"


@pytest.mark.parametrize(
    ("tamper", "invariant"),
    [
        (rewrite_the_last_entry, f"`amount` of {DAY}#{PROGRAM.id}#issue, {TOTALS}"),
        (cut_the_tail, f"`count` of {DAY}#{PROGRAM.id}#issue, {TOTALS}"),
        (delete_a_whole_wallet, f"`count` of {DAY}#{PROGRAM.id}#issue, {TOTALS}"),
        (raise_the_room, "`room` of 202611 is what was issued times the ratio, less what was redeemed"),
        (raise_the_overdraft, "no overdraft is granted without an entry"),
        (delete_a_debit, f"`count` of {DAY}#INR#debit, {TOTALS}"),
        (delete_both_sides_of_a_transfer, f"`lines` of D#{DAY}, {TOTALS}"),
        (delete_the_childs_side, BETWEEN),
        (delete_the_parents_side, BETWEEN),
        (put_off_the_end_of_a_hold, "the hold's `exp` is what its entries make"),
        (delete_the_payment_of_an_issue, FUNDING),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_tampering_that_leaves_the_wallets_in_order_is_found(tamper: Callable[[Books], None], invariant: str) -> None:
    books = Books()
    assert books.invariants() == set()
    tamper(books)
    assert invariant in books.invariants()


@pytest.mark.parametrize("tamper", [rewrite_the_last_entry, cut_the_tail, delete_a_whole_wallet, delete_a_debit])
def test_such_a_tampering_is_complete(tamper: Callable[[Books], None]) -> None:
    """Nothing but the totals shows it: else the test above would prove less than it says."""
    books = Books()
    tamper(books)
    assert books.invariants(settled_until=None) == set()


def test_the_page_of_the_ten_tamperings_shows_what_the_command_says_of_each() -> None:
    shown = list(page.outputs())
    assert [code for _, code, _ in shown[0][1]] == [0, 0, 0], "before, nothing is found"
    assert len(shown) == 11
    for name, said in shown[1:]:
        assert max(code for _, code, _ in said) == 1, name
    assert page.PAGE.read_text(encoding="utf-8") == page.page(), "make docs writes it anew"


def test_a_day_that_has_not_ended_everywhere_is_not_compared() -> None:
    books = Books()
    delete_a_debit(books)
    assert books.invariants(settled_until=clock.parse_iso("2026-11-21T23:59:00Z")) == set()
    assert f"`lines` of D#{DAY}, {TOTALS}" in books.invariants(settled_until=clock.parse_iso("2026-11-22T00:00:00Z"))


MONTH_OVER = clock.parse_iso("2026-12-01T15:00:00Z")


def test_a_programs_month_that_is_over_is_the_sum_of_its_entries() -> None:
    books = Books()
    month = program_keys.program_month_key(SCOPE, PROGRAM.id, 202611)
    assert books.invariants(MONTH_OVER) == set()
    (lots,) = (name for name in books.item(month) if name.startswith("x"))
    books.change(month, **{lots: books.item(month)[lots] - 40, "wallet": books.item(month)["wallet"] - 40})
    assert books.invariants(LATER) == set(), "the month is not over"
    assert books.invariants(MONTH_OVER) == {f"`{name}` of P#202611, {TOTALS}" for name in ("wallet", lots)}
    books.drop(month)
    assert {f"`mint` of P#202611, {TOTALS}", f"`wallet` of P#202611, {TOTALS}"} <= books.invariants(MONTH_OVER)


def test_a_merchants_own_program_is_told_by_its_days_and_checked_by_the_month() -> None:
    store, program = Store(FakeDynamoDB(), "ledger", "directory"), ids.derived_id("prg", "own")
    at = clock.parse_iso("2026-11-21T10:00:00Z")

    def entry(name: str, coins: int) -> dict[str, Any]:
        key = keys.transaction_key(SCOPE, ids.derived_id("txn", name))
        place = {"g2p": keys.activity_partition(SCOPE, OWNER), "g2s": f"{clock.iso(at)}#{name}"}
        figures = {"amt": coins, "legs": [["mint", -coins], ["wallet", coins]], "lots": {"202711": coins}}
        said = {"kind": "issue", "op": "issue", "asset": program, "day": 20261121, **figures, **place}
        return {"pk": key.pk, "sk": key.sk, **said}

    records = [entry("one", 5), entry("two", 9)]
    stream = [
        {"eventName": "INSERT", "dynamodb": {"NewImage": encode(record), "SequenceNumber": str(number)}}
        for number, record in enumerate(records)
    ]
    assert totals.add_to_totals(store, {"Records": stream}, at) == []
    assert check_totals(store, SCOPE, records, MONTH_OVER) == []
    day = keys.daily_total_key(SCOPE, 20261121, program, "issue", "posted")
    row = store.read([day])[day]
    assert row is not None
    assert (row["mint"], row["x202711"], row["count"]) == (-14, 14, 2)
    store.write(Update(day, add={"mint": -1, "x202711": 1}))
    assert check_totals(store, SCOPE, records, at) == [], "the month is not over"
    found = {(each.invariant, each.expected, each.found) for each in check_totals(store, SCOPE, records, MONTH_OVER)}
    assert found == {
        (f"`mint` of P#202611, {TOTALS}", "-15", "-14"),
        (f"`x202711` of P#202611, {TOTALS}", "15", "14"),
    }
    # Rows of before this was told by the day.
    store.write(Update(day, add={"mint": 15, "x202711": -15, "wallet": -14}))
    month = program_keys.program_month_key(SCOPE, program, 202611)
    store.write(Put(month, {"mint": -14, "wallet": 14, "x202711": 14}))
    assert check_totals(store, SCOPE, records, MONTH_OVER) == []


def test_a_month_that_was_made_up_for_a_program_is_found() -> None:
    books = Books()
    books.store.write(Put(program_keys.program_month_key(SCOPE, PROGRAM.id, 202610), {"wallet": 5, "x202710": 5}))
    assert books.invariants() == {f"`{name}` of P#202610, {TOTALS}" for name in ("wallet", "x202710")}


def test_a_month_in_which_the_ratios_changed_is_left_out() -> None:
    books = Books()
    raise_the_room(books)
    books.change(keys.program_key(OWNER, PROGRAM.id), mir_at=NOW)
    assert books.invariants() == set()


def test_one_tenant_wallet_is_compared_with_its_days_and_its_partners() -> None:
    for tamper, invariant in ((delete_a_debit, f"`out` of D#{DAY}, {TOTALS}"), (delete_the_childs_side, BETWEEN)):
        books = Books()
        assert verify.verify_wallet(books.store, MONEY.scope, MONEY.id, None, LATER).findings == []
        tamper(books)
        report = verify.verify_wallet(books.store, MONEY.scope, MONEY.id, None, LATER)
        assert invariant in {finding.invariant for finding in report.findings}


def test_a_transfer_between_two_wallets_of_one_tenant_is_found_from_either_side() -> None:
    books, branch = Books(), tenant_money.tenant_wallet("live", SHOP, customer="branch")
    books.money("branch", lambda known: tenant_money.decide_transfer(known, MONEY, branch, 100, NOW))
    for wallet in (MONEY, branch):
        assert verify.verify_wallet(books.store, MONEY.scope, wallet.id).findings == []


def test_one_customers_wallet_is_compared_with_what_paid_for_it() -> None:
    books = Books()
    delete_the_payment_of_an_issue(books)
    (finding,) = verify.verify_wallet(books.store, SCOPE, ASHA.id, None, LATER).findings
    assert (finding.subject, finding.invariant) == (books.last, FUNDING)
    assert (finding.expected, finding.found) == ("4000", "no line")
