"""Tenant wallets counted again from their lines: each invariant, broken alone, is found and named with both sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

from batua import ids
from batua.audit import recount
from batua.ledger.decisions import tenant_money
from batua.ledger.decisions.charges import charge_line, decide_charge
from batua.ledger.decisions.tenant_money import FundsHold, FundsOriginal, FundsState
from batua.ledger.findings import Finding
from batua.ledger.records.shared import entry_hash
from batua.ledger.records.tenant_money import funds_hold_item
from batua.store import keys
from tests.unit.recounted import CREDIT, GRAIN, MONEY, NOW, SCOPE, SHOP, Record, lines, txn

HOLD = FundsHold(ids.derived_id("hold", "one"), MONEY, 60, NOW + 1000)


def wallet(free: int, held: int = 0, **more: Any) -> Record:
    return {"pk": MONEY.key.pk, "sk": "FUNDS", "ten": SHOP, "asset": "INR", "free": free, "held": held, **more}


def customers(free: int) -> Record:
    return {**wallet(free), "pk": GRAIN.key.pk, "cust": "asha"}


def standing(hold: FundsHold) -> Record:
    key = keys.funds_hold_key(SCOPE, hold.id)
    return {"pk": key.pk, "sk": key.sk, **{n: value for n, value in funds_hold_item(hold).items() if value is not None}}


def reversed_by(name: str, amount: int) -> Record:
    key = keys.funds_reversed_key(SCOPE, txn(name))
    return {"pk": key.pk, "sk": key.sk, "sum": amount}


def sealed(record: Record, **changes: Any) -> Record:
    changed = {**record, **changes}
    return {**changed, "hash": entry_hash(record["pk"].rpartition("#")[2], changed)}


def found(records: Iterable[Record], *, whole: bool = True) -> list[tuple[str, str, str, str]]:
    findings = recount.recount_funds(recount.gather_funds_records(records), whole=whole)
    return [(finding.subject, finding.invariant, finding.expected, finding.found) for finding in findings]


HELD = lines(
    "hold", tenant_money.decide_funds_hold(FundsState(), MONEY, 60, NOW, id=HOLD.id, expires_at=HOLD.expires_at)
)
TRANSFER = lines("transfer", tenant_money.decide_transfer(FundsState(), MONEY, GRAIN, 30, NOW))
ORIGINAL = FundsOriginal(
    txn("transfer"), "transfer", 30, tenant_money.decide_transfer(FundsState(), MONEY, GRAIN, 30, NOW).lines
)  # type: ignore[union-attr]


def ended(decision: Any) -> list[Record]:
    return [*CREDIT, *HELD, *lines("end", decision)]


def refund(name: str, amount: int, undone: int = 0) -> list[Record]:
    return lines(name, tenant_money.decide_refund(FundsState(reversed=undone), ORIGINAL, NOW, amount=amount))


# What is whole


def test_a_record_that_is_whole_has_no_findings() -> None:
    for records in (
        [],
        [*CREDIT, wallet(100)],
        [*CREDIT, *HELD, wallet(40, 60), standing(HOLD)],
        [*CREDIT, *TRANSFER, wallet(70), customers(30)],
        [*CREDIT, *TRANSFER, *refund("r", 20), wallet(90), customers(10), reversed_by("transfer", 20)],
        [
            *[*CREDIT, *TRANSFER, *refund("r", 20), *refund("s", 10, 20)],
            *[wallet(100), customers(0), reversed_by("transfer", 30)],
        ],
    ):
        assert found(records) == found(records[::-1]) == found(records, whole=False) == []


@pytest.mark.parametrize(
    ("decision", "state", "free"),
    [
        (tenant_money.decide_funds_capture(FundsState(), HOLD, NOW + 1, amount=60), "captured", 40),
        (tenant_money.decide_funds_void(FundsState(), HOLD, NOW + 1), "voided", 100),
        (tenant_money.decide_funds_void(FundsState(), HOLD, NOW + 1000, why="expired"), "expired", 100),
    ],
)
def test_a_hold_that_was_ended_in_each_of_its_ways_is_whole(decision: Any, state: Any, free: int) -> None:
    stands = standing(FundsHold(HOLD.id, MONEY, 60, NOW + 1000, state))
    assert found([*ended(decision), wallet(free), stands]) == []
    assert found([*ended(decision), wallet(free), standing(HOLD)], whole=False) == [
        (MONEY.id, "what is held is the sum of the open holds", "60", "0"),
        (HOLD.id, "a hold is what its lines say", state, "open"),
    ]


def test_refusals_and_what_is_not_of_tenant_wallets_are_left_out() -> None:
    refused = {"pk": keys.funds_line_key(SCOPE, txn("no")).pk, "sk": "FUNDS", "kind": "refused"}
    coins = {"pk": keys.transaction_key(SCOPE, txn("coin")).pk, "sk": "TX", "kind": "issue"}
    funds = recount.gather_funds_records([refused, coins, *CREDIT, wallet(100)])
    assert [entry.kind for entry in funds.lines] == ["credit"]
    assert (funds.findings, list(funds.wallets), funds.holds, funds.reversals) == ([], [MONEY.id], {}, {})


# Lines


def test_a_line_that_cannot_be_read_is_named_with_what_is_wrong() -> None:
    broken = {name: value for name, value in CREDIT[0].items() if name != "amt"}
    assert found([broken]) == [(txn("credit"), "a line is whole", "every attribute", "KeyError: 'amt'")]
    for change in ({"g1s": "x"}, {"legs": 5}, {"legs": [[]]}, {"g1s": "x#y#z"}):
        assert [invariant for _, invariant, _, _ in found([sealed(CREDIT[0], **change)])] == ["a line is whole"]


def test_a_line_is_of_its_key_and_of_its_wallet() -> None:
    place = f"{txn('credit')} line 0"
    moved = {**CREDIT[0], "pk": keys.funds_line_key(SCOPE, txn("other")).pk}
    assert found([moved, wallet(100)]) == [(place, "a line is of its key", txn("other"), txn("credit"))]
    elsewhere = sealed(CREDIT[0], g1p=keys.funds_statement_partition(SCOPE, GRAIN.id))
    assert found([elsewhere, wallet(100)]) == [(place, "a line is of its wallet", GRAIN.id, MONEY.id)]


def test_a_line_says_what_it_said_when_it_was_sealed() -> None:
    changed = {**CREDIT[0], "note": "another"}
    ((subject, invariant, _, said),) = found([changed, wallet(100)])
    assert (subject, invariant) == (f"{txn('credit')} line 0", "a line says what it said when it was sealed")
    assert said == str(entry_hash(txn("credit"), changed))
    unsealed = {name: value for name, value in CREDIT[0].items() if name != "hash"}
    ((_, invariant, expected, _),) = found([unsealed, wallet(100)])
    assert (invariant, expected) == ("a line says what it said when it was sealed", "None")


def test_legs_that_do_not_add_up_are_found_though_they_are_sealed() -> None:
    more = sealed(CREDIT[0], legs=[["wallet", 101], ["bank", -100]])
    assert found([more, wallet(101)]) == [(f"{txn('credit')} line 0", "legs add up to zero", "0", "1")]


# Wallets


def test_a_wallet_with_lines_stands_and_one_that_they_leave_empty_need_not() -> None:
    assert found(CREDIT) == [(MONEY.id, "a wallet with lines stands", "False", "True")]
    void = lines("end", tenant_money.decide_funds_void(FundsState(), HOLD, NOW + 1))
    stands = standing(FundsHold(HOLD.id, MONEY, 60, NOW + 1000, "voided"))
    theirs = lines("theirs", tenant_money.decide_credit(FundsState(), GRAIN, 5, NOW))
    invariant = "a wallet with lines stands"
    lost = found([*CREDIT, *HELD, *void, *theirs, stands])
    assert lost == [(id, invariant, "False", "True") for id in sorted([MONEY.id, GRAIN.id])]
    spent = lines("debit", tenant_money.decide_debit(FundsState(), MONEY, 100, NOW, contra="bank"))
    assert found([*CREDIT, *spent]) == []


@pytest.mark.parametrize(
    ("stands", "invariant", "expected", "found_value"),
    [
        (wallet(101), "what is available is what the lines come to", "100", "101"),
        (wallet(100, over=1), "what is available is what the lines come to", "100", "99"),
        (wallet(100, 1), "what is held is what the lines come to", "0", "1"),
    ],
)
def test_a_wallet_is_what_its_lines_come_to(stands: Record, invariant: str, expected: str, found_value: str) -> None:
    assert (MONEY.id, invariant, expected, found_value) in found([*CREDIT, stands])


def test_what_is_held_is_what_the_open_holds_come_to() -> None:
    invariant = "what is held is the sum of the open holds"
    other = FundsHold(ids.derived_id("hold", "two"), MONEY, 5, NOW + 1)
    assert (MONEY.id, invariant, "65", "60") in found([*CREDIT, *HELD, wallet(40, 60), standing(HOLD), standing(other)])
    assert (MONEY.id, invariant, "0", "60") in found([*CREDIT, *HELD, wallet(40, 60)])


def test_nothing_is_overdrawn() -> None:
    invariant = "nothing is overdrawn"
    debit = lines("debit", tenant_money.decide_debit(FundsState(), MONEY, 100, NOW))
    assert found([*CREDIT, *debit, *debit[:0], wallet(0)]) == []
    granted = "no overdraft is granted without an entry"
    assert found([*debit, wallet(0, over=100)]) == [(MONEY.id, granted, "0", "100")]
    assert (MONEY.id, invariant, "True", "False") in found([*debit, wallet(-1, over=99)])
    assert (MONEY.id, invariant, "True", "False") in found([*CREDIT, wallet(100, -1)])


def test_a_stray_wallet_without_lines_is_found() -> None:
    assert found([wallet(5)]) == [(MONEY.id, "what is available is what the lines come to", "0", "5")]


# Holds


def test_a_hold_is_made_once_and_ends_once_in_the_order_of_time() -> None:
    capture = lines("end", tenant_money.decide_funds_capture(FundsState(), HOLD, NOW + 1))
    void = lines("void", tenant_money.decide_funds_void(FundsState(), HOLD, NOW + 2))
    once = lines("once", tenant_money.decide_funds_capture(FundsState(), HOLD, NOW))
    taken = standing(FundsHold(HOLD.id, MONEY, 60, NOW + 1000, "captured"))
    assert found([*CREDIT, *once, *HELD, wallet(40), taken]) == []
    again = lines(
        "again", tenant_money.decide_funds_hold(FundsState(), MONEY, 60, NOW, id=HOLD.id, expires_at=NOW + 1000)
    )
    stands = standing(FundsHold(HOLD.id, MONEY, 60, NOW + 1000, "voided"))
    twice = found([*CREDIT, *void, *capture, *HELD, wallet(100, -60), stands], whole=False)
    assert (HOLD.id, "a hold ends once", "open", "captured") in twice
    assert not [invariant for _, invariant, _, _ in twice if invariant == "a hold is what its lines say"]
    made = found([*CREDIT, *HELD, *again, wallet(-20, 120), standing(HOLD)], whole=False)
    assert (HOLD.id, "a hold is made once", "None", "open") in made


def test_an_end_without_a_hold_and_a_hold_without_lines_and_without_an_item_are_found() -> None:
    capture = lines("end", tenant_money.decide_funds_capture(FundsState(), HOLD, NOW + 1))
    assert (HOLD.id, "a hold ends once", "open", "None") in found([*CREDIT, *capture, wallet(100, -60)])
    invariant = "a hold is what its lines say"
    assert (HOLD.id, invariant, "None", "open") in found([*CREDIT, wallet(100), standing(HOLD)])
    assert (HOLD.id, invariant, "open", "None") in found([*CREDIT, *HELD, wallet(40, 60)])


def test_the_other_side_of_a_captured_hold_ends_nothing() -> None:
    both = lines("end", tenant_money.decide_funds_capture(FundsState(), HOLD, NOW + 1, to=GRAIN))
    stands = standing(FundsHold(HOLD.id, MONEY, 60, NOW + 1000, "captured"))
    assert found([*CREDIT, *HELD, *both, wallet(40), customers(60), stands]) == []


# Transactions


def test_what_leaves_one_wallet_enters_another() -> None:
    mine, theirs = TRANSFER
    less = sealed(theirs, amt=29, legs=[["wallet", 29], ["transfer", -29]])
    invariant = "what leaves one wallet enters another"
    assert found([*CREDIT, mine, less, wallet(70), customers(29)]) == [(txn("transfer"), invariant, "0", "1")]
    assert found([*CREDIT, mine, less, wallet(70), customers(29)], whole=False) == []
    assert found([*CREDIT, mine, wallet(70)]) == []
    assert found([theirs, customers(30)]) == []


def test_the_sum_of_its_refunds_is_on_record() -> None:
    invariant = "the sum of its refunds is on record"
    records = [*CREDIT, *TRANSFER, *refund("r", 20), wallet(90), customers(10)]
    assert found(records) == [(txn("transfer"), invariant, "20", "0")]
    assert found([*records, reversed_by("transfer", 21)]) == [(txn("transfer"), invariant, "20", "21")]
    assert found([*CREDIT, wallet(100), reversed_by("credit", 1)]) == [(txn("credit"), invariant, "0", "1")]


def test_refunds_never_exceed_their_original_and_have_one() -> None:
    invariant = "refunds never exceed the original"
    more = [*CREDIT, *TRANSFER, *refund("r", 30), *refund("s", 1), wallet(101), customers(-1)]
    assert (txn("transfer"), invariant, "True", "False") in found([*more, reversed_by("transfer", 31)])
    without = [*CREDIT, *refund("r", 1), wallet(101), customers(-1), reversed_by("transfer", 1)]
    assert (txn("transfer"), invariant, "True", "False") in found(without)


def test_what_was_charged_in_several_lines_can_be_refunded_as_a_whole() -> None:
    charged = [charge_line(MONEY, amount, credit=False, details={}) for amount in (5, 6)]
    charges = lines("charge", decide_charge(FundsState(), charged, NOW, reference="order-1"))
    back = lines(
        "r", tenant_money.decide_refund(FundsState(), FundsOriginal(txn("charge"), "charge", 11, tuple(charged)), NOW)
    )
    for order in (charges, charges[::-1]):
        assert found([*CREDIT, *order, *back, wallet(100), reversed_by("charge", 11)]) == []


# Totals


def test_legs_are_added_up_by_account_and_asset() -> None:
    stars = tenant_money.tenant_wallet("live", SHOP, "prg_1")
    records = [*CREDIT, *HELD, *TRANSFER, *lines("stars", tenant_money.decide_credit(FundsState(), stars, 7, NOW))]
    assert recount.leg_totals(recount.gather_funds_records(records)) == Counter(
        {
            "INR wallet": 40,
            "INR held": 60,
            "INR bank": -100,
            "INR transfer": 0,
            "prg_1 wallet": 7,
            "prg_1 bank": -7,
        }
    )


def test_a_check_that_holds_finds_nothing() -> None:
    funds = recount.FundsRecords()
    funds.check("wal", "invariant", 5, 5)
    funds.check("wal", "invariant", 5, 6)
    assert funds.findings == [Finding("wal", "invariant", "5", "6")]
