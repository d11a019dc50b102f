"""Refunds of tenants' own transactions, invariants of their postings, and prefunded programs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from batua import ids
from batua.ledger.decisions import prefunding, tenant_money
from batua.ledger.decisions.charges import charge_line, decide_charge
from batua.ledger.decisions.tenant_money import (
    CreditableChange,
    FundsBalance,
    FundsLine,
    FundsOriginal,
    FundsPosting,
    FundsState,
    ReversedAmount,
)
from batua.ledger.model import InvariantBroken, Leg, Original, Posting, Program, Refusal
from batua.ledger.model import Wallet as CustomerWallet
from tests.unit.funds_fixtures import GRAIN, HOLD, MILL, MONEY, NOW, SHOP, original, posting


def charges(*amounts: int) -> FundsOriginal:
    lines = [charge_line(MONEY, n, credit=False, details={"head": str(n)}) for n in amounts]
    return original(*lines, kind="charge")


def test_a_refund_is_the_transaction_the_other_way_round_and_counts() -> None:
    made = posting(tenant_money.decide_refund(FundsState(), original(), NOW))
    line = FundsLine(MONEY, "refund", 100, (("wallet", 100), ("spent", -100)))
    assert made == FundsPosting("refund", 100, (line,), NOW, reversal=ReversedAmount(MONEY.scope, "txn_1", 0, 100))
    part = posting(tenant_money.decide_refund(FundsState(), original(undone=60), NOW, amount=30))
    assert part.lines[0].legs == (("wallet", 30), ("spent", -30))
    assert part.reversal == ReversedAmount(MONEY.scope, "txn_1", 60, 90)


def test_a_refund_of_what_came_in_takes_it_out_again() -> None:
    came = FundsLine(MONEY, "credit", 40, (("wallet", 40), ("bank", -40)))
    made = posting(tenant_money.decide_refund(FundsState(), original(came, kind="credit"), NOW))
    assert made.lines[0].legs == (("wallet", -40), ("bank", 40))
    least = FundsLine(MONEY, "credit", 1, (("wallet", 1), ("bank", -1)))
    assert posting(tenant_money.decide_refund(FundsState(), original(least, kind="credit"), NOW)).lines[0].change == -1


def test_refunds_together_never_exceed_the_original() -> None:
    assert tenant_money.decide_refund(FundsState(), original(undone=60), NOW, amount=41) == Refusal(
        "reversal_exceeds_original", {"original": 100, "left": 40}
    )
    assert posting(tenant_money.decide_refund(FundsState(), original(undone=99), NOW)).amount == 1
    for undone in (100, 101):
        assert tenant_money.decide_refund(FundsState(), original(undone=undone), NOW) == Refusal(
            "nothing_to_reverse", {"original": 100, "reversed": undone}
        )
    assert tenant_money.decide_refund(FundsState(reversed=100), original(), NOW) == Refusal(
        "nothing_to_reverse", {"original": 100, "reversed": 100}
    )
    assert posting(tenant_money.decide_refund(FundsState(reversed=0), original(undone=100), NOW)).amount == 100


def test_what_is_no_movement_of_its_own_is_not_refunded() -> None:
    for kind in ("hold", "void", "expire", "refund", "issue", "reverse_issue"):
        assert tenant_money.decide_refund(FundsState(), original(kind=kind), NOW) == Refusal("not_reversible", {})
    for kind in ("credit", "debit", "transfer", "charge", "capture"):
        assert isinstance(tenant_money.decide_refund(FundsState(), original(kind=kind), NOW), FundsPosting)


def test_a_transfer_is_refunded_on_both_sides() -> None:
    lines = posting(tenant_money.decide_transfer(FundsState(), MONEY, GRAIN, 70, NOW)).lines
    made = posting(
        tenant_money.decide_refund(FundsState(), FundsOriginal("txn_1", "transfer", 70, lines), NOW, amount=20)
    )
    assert made.lines == (
        FundsLine(MONEY, "refund", 20, (("wallet", 20), ("transfer", -20)), GRAIN),
        FundsLine(GRAIN, "refund", 20, (("wallet", -20), ("transfer", 20)), MONEY),
    )


def test_what_a_capture_had_held_comes_back_as_available() -> None:
    for to, against in ((None, "spent"), (GRAIN, "transfer")):
        lines = posting(tenant_money.decide_funds_capture(FundsState(), HOLD, NOW, amount=30, to=to)).lines
        made = posting(tenant_money.decide_refund(FundsState(), FundsOriginal("txn_1", "capture", 30, lines), NOW))
        assert made.lines[0].legs == (("wallet", 30), (against, -30))
        assert made.hold is None


def test_of_charges_the_last_ones_are_refunded_first_and_none_of_them_twice() -> None:
    first = posting(tenant_money.decide_refund(FundsState(), charges(50, 30, 20), NOW, amount=35)).lines
    assert [(line.amount, line.details) for line in first] == [(20, {"head": "20"}), (15, {"head": "30"})]
    rest = posting(tenant_money.decide_refund(FundsState(reversed=35), charges(50, 30, 20), NOW)).lines
    assert [(line.amount, line.details) for line in rest] == [(15, {"head": "30"}), (50, {"head": "50"})]
    last = posting(tenant_money.decide_refund(FundsState(reversed=99), charges(50, 30, 20), NOW)).lines
    assert [(line.amount, line.change) for line in last] == [(1, 1)]


def test_charges_that_both_give_and_take_are_refunded_as_a_whole() -> None:
    gives = charge_line(MONEY, 40, credit=True, details={})
    mixed = original(*charges(50).lines, gives, kind="charge")
    assert tenant_money.decide_refund(FundsState(), mixed, NOW, amount=89) == Refusal(
        "refund_whole_only", {"original": 90}
    )
    assert [line.change for line in posting(tenant_money.decide_refund(FundsState(), mixed, NOW)).lines] == [50, -40]


# Laws


@pytest.mark.parametrize(
    ("invariant", "broken"),
    [
        ("legs add up to zero", {"lines": (FundsLine(MONEY, "debit", 5, (("wallet", -5), ("spent", 4))),)}),
        (
            "what leaves one wallet enters another",
            {"lines": (FundsLine(MONEY, "x", 5, (("wallet", -5), ("transfer", 5))),)},
        ),
        ("amounts are above zero", {"amount": 0}),
        ("amounts are above zero", {"lines": (FundsLine(MONEY, "debit", 0, ()),)}),
        ("only a hold moves what is held", {"hold": HOLD}),
        ("only a hold moves what is held", {"lines": (FundsLine(MONEY, "x", 5, (("wallet", -5), ("held", 5))),)}),
        (
            "a hold is of its wallet",
            {"hold": replace(HOLD, wallet=GRAIN), "lines": (FundsLine(MONEY, "x", 5, (("wallet", -5), ("held", 5))),)},
        ),
        ("a refund counts", {"reversal": ReversedAmount("L#x", "txn", 1, 7)}),
    ],
)
def test_a_posting_that_breaks_an_invariant_cannot_be_made(invariant: str, broken: dict[str, Any]) -> None:
    debit = posting(tenant_money.decide_debit(FundsState(), MONEY, 5, NOW))
    with pytest.raises(InvariantBroken) as fault:
        replace(debit, **broken)
    assert str(fault.value) == invariant


def test_what_leaves_one_asset_does_not_enter_another() -> None:
    stars = tenant_money.tenant_wallet("live", SHOP, "prg_stars")
    with pytest.raises(InvariantBroken, match="what leaves one wallet enters another"):
        tenant_money.decide_transfer(FundsState(), MONEY, stars, 5, NOW)


def test_every_invariant_that_is_broken_is_named() -> None:
    with pytest.raises(InvariantBroken) as fault:
        FundsPosting("debit", 0, (FundsLine(MONEY, "debit", 5, (("wallet", -5), ("spent", 4))),), NOW)
    assert str(fault.value) == "legs add up to zero, amounts are above zero"
    with pytest.raises(InvariantBroken) as fault:
        FundsPosting("debit", 1, (), NOW)
    assert str(fault.value) == "a posting has lines"


def test_the_smallest_posting_is_lawful() -> None:
    assert posting(tenant_money.decide_debit(FundsState(), MONEY, 1, NOW)).amount == 1


# Prefunded programs

OWNER = ids.derived_id("ten", "network")
STARS = Program("prg", OWNER, "Stars", "network", "UTC", scale=1, coin_value=25, funding="prefunded")


def coins(kind: Any, amount: int, *, undone: tuple[int, int] | None = None, shortfall: int = 0) -> Posting:
    sign = 1 if kind == "issue" else -1
    before = CustomerWallet("wal", "cust", {202611: 100}, seq=1)
    after = replace(before, lots={202611: 100 + sign * amount}, seq=2)
    legs = (Leg("wallet", sign * amount), Leg("mint", -sign * amount)) if amount else ()
    undoes = None
    if undone:
        reversed_before, reversed = undone
        undoes = Original("txn", "issue", "wal", 99, {}, 202611, 0, MILL, reversed, reversed_before, funded=248)
    return Posting(kind, "prg", amount, before, after, legs, 5, {}, original=undoes, shortfall=shortfall)


def test_an_issue_of_a_prefunded_program_takes_its_value_rounded_up_to_whole_paise() -> None:
    assert prefunding.float_line(STARS, SHOP, "live", coins("issue", 7)) == FundsLine(
        MONEY, "issue", 18, (("wallet", -18), ("float", 18))
    )
    fraction = prefunding.float_line(replace(STARS, coin_value=1), SHOP, "live", coins("issue", 1))
    assert fraction is not None
    assert fraction.amount == 1
    assert prefunding.float_line(replace(STARS, coin_value=0), SHOP, "live", coins("issue", 9)) is None
    assert prefunding.float_line(replace(STARS, funding="none"), SHOP, "live", coins("issue", 7)) is None


def test_parts_of_a_reversal_give_back_together_what_the_issue_took() -> None:
    parts = [
        prefunding.float_line(STARS, SHOP, "live", coins("reverse_issue", after - before, undone=(before, after)))
        for before, after in ((0, 3), (3, 4), (4, 7))
    ]
    assert parts[0] == FundsLine(GRAIN, "reverse_issue", 8, (("wallet", 8), ("float", -8)))
    assert [part.amount for part in parts if part] == [8, 2, 8]
    nothing = coins("reverse_issue", 3, undone=(3, 6))
    assert prefunding.float_line(replace(STARS, coin_value=1), SHOP, "live", nothing) is None


def test_what_a_reversal_does_not_get_from_the_customer_is_not_given_back() -> None:
    line = prefunding.float_line(STARS, SHOP, "live", coins("reverse_issue", 3, undone=(3, 13), shortfall=7))
    assert line is not None
    assert line.amount == 7


def test_a_reversal_of_coins_that_another_issue_paid_for_gives_back_their_value_rounded_down() -> None:
    """They were reassigned: what the first issue took was rounded up once."""
    for before, after, value in ((0, 3, 7), (3, 4, 2), (4, 7, 7)):
        part = coins("reverse_issue", after - before, undone=(before, after))
        assert part.original is not None
        moved = replace(part, original=replace(part.original, funded=0))
        line = prefunding.float_line(STARS, SHOP, "live", moved)
        assert line is not None
        assert line.amount == value


def test_redemptions_move_no_money_and_a_reversal_without_its_original_is_a_fault_of_ours() -> None:
    moved = coins("reverse_issue", 3)
    assert prefunding.float_line(STARS, SHOP, "live", replace(moved, kind="redeem")) is None
    with pytest.raises(InvariantBroken):
        prefunding.float_line(STARS, SHOP, "live", moved)


def test_an_issue_is_refused_where_the_merchants_money_is_known_not_to_cover_it() -> None:
    line = prefunding.float_line(STARS, SHOP, "live", coins("issue", 8))
    assert line is not None
    assert prefunding.float_shortage(line, FundsBalance(free=20)) is None
    assert prefunding.float_shortage(line, FundsBalance(free=19, overdraft=5)) == Refusal(
        "insufficient_float", {"value": 20, "funds": 14}
    )
    assert prefunding.float_shortage(line, None) == Refusal("insufficient_float", {"value": 20, "funds": 0})
    frozen = FundsBalance(free=90, frozen=True)
    assert prefunding.float_shortage(line, frozen) == Refusal("insufficient_float", {"value": 20, "funds": 90})
    back = prefunding.float_line(STARS, SHOP, "live", coins("reverse_issue", 4, undone=(0, 4)))
    assert back is not None
    assert prefunding.float_shortage(back, frozen) is None
    assert prefunding.float_shortage(back, None) is None


def test_credits_under_a_reference_are_bounded_by_its_debits() -> None:
    credit = [charge_line(MONEY, 41, credit=True, details={})]
    over = decide_charge(FundsState(creditable=40), credit, NOW, reference="order-1")
    assert over == Refusal("credit_exceeds_debits", {"left": 40, "requested": 41})
    assert posting(decide_charge(FundsState(creditable=41), credit, NOW, reference="order-1")).creditable == (
        CreditableChange(MONEY.scope, "order-1", -41)
    )


def test_a_refund_of_charges_uses_up_what_may_be_credited_under_their_reference() -> None:
    charged = replace(charges(30, 70), reference="order-1")
    assert posting(tenant_money.decide_refund(FundsState(), charged, NOW, amount=80)).creditable == (
        CreditableChange(MONEY.scope, "order-1", -80)
    )
    already = tenant_money.decide_refund(FundsState(creditable=79), charged, NOW, amount=80)
    assert already == Refusal("credit_exceeds_debits", {"left": 79, "requested": 80})
    credited = replace(original(charge_line(MONEY, 5, credit=True, details={}), kind="charge"), reference="order-1")
    assert posting(tenant_money.decide_refund(FundsState(), credited, NOW)).creditable == (
        CreditableChange(MONEY.scope, "order-1", 5)
    )
