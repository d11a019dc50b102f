"""Decisions about tenants' own wallets: each command with its lines, and each of its refusals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from batua import clock, ids
from batua.ledger.decisions import tenant_money
from batua.ledger.decisions.charges import charge_line, decide_charge
from batua.ledger.decisions.tenant_money import (
    FundsBalance,
    FundsLine,
    FundsPosting,
    FundsState,
    TenantWallet,
    WalletChange,
    creditable_change,
)
from batua.ledger.model import InvariantBroken, Refusal
from batua.store import keys
from tests.unit.funds_fixtures import GRAIN, HOLD, MILL, MONEY, NOW, SHOP, original, posting


def knowing(**funds: Any) -> FundsState:
    return FundsState(funds={MONEY.id: FundsBalance(**funds)})


def taken(line: FundsLine) -> dict[str, int]:
    return dict(line.legs)


# Wallets


def test_a_wallets_id_says_books_tenant_asset_and_customer_and_each_of_them_makes_another() -> None:
    assert TenantWallet(f"L#{SHOP}", SHOP, "INR", None) == MONEY
    assert MONEY.id == ids.derived_id("wal", "tenant", f"L#{SHOP}", SHOP, "INR", "")
    assert MONEY.key == keys.funds_wallet_key(MONEY.scope, MONEY.id)
    others = (
        tenant_money.tenant_wallet("test", SHOP),
        tenant_money.tenant_wallet("live", MILL),
        tenant_money.tenant_wallet("live", SHOP, "prg_1"),
        tenant_money.tenant_wallet("live", SHOP, customer="asha"),
    )
    assert len({MONEY.id, *(wallet.id for wallet in others)}) == 5
    assert others[3].id == ids.derived_id("wal", "tenant", f"L#{SHOP}", SHOP, "INR", "asha")


def test_what_is_free_is_what_is_available_and_the_overdraft() -> None:
    funds = FundsBalance(free=150, held=30, overdraft=100)
    assert (funds.available, funds.balance) == (50, 80)
    assert FundsBalance() == FundsBalance(0, 0, 0, False)


# Credit, debit, transfer, charge


def test_a_credit_comes_from_the_bank_or_from_who_corrects() -> None:
    made = posting(tenant_money.decide_credit(FundsState(), MONEY, 500, NOW))
    assert made == FundsPosting(
        "credit", 500, (FundsLine(MONEY, "credit", 500, (("wallet", 500), ("bank", -500))),), NOW
    )
    corrected = posting(tenant_money.decide_credit(FundsState(), MONEY, 500, NOW, contra="adjustment"))
    assert corrected.lines[0].legs == (("wallet", 500), ("adjustment", -500))


def test_a_debit_is_spent_or_goes_to_the_bank() -> None:
    made = posting(tenant_money.decide_debit(FundsState(), MONEY, 500, NOW))
    assert made == FundsPosting(
        "debit", 500, (FundsLine(MONEY, "debit", 500, (("wallet", -500), ("spent", 500))),), NOW
    )
    assert (
        posting(tenant_money.decide_debit(FundsState(), MONEY, 500, NOW, contra="bank")).lines[0].amount_on("bank")
        == 500
    )


def test_a_transfer_leaves_one_wallet_and_enters_the_other_in_lines_that_name_each_other() -> None:
    made = posting(tenant_money.decide_transfer(FundsState(), MONEY, GRAIN, 70, NOW))
    assert (made.kind, made.amount, made.at) == ("transfer", 70, NOW)
    assert made.lines == (
        FundsLine(MONEY, "transfer", 70, (("wallet", -70), ("transfer", 70)), GRAIN),
        FundsLine(GRAIN, "transfer", 70, (("wallet", 70), ("transfer", -70)), MONEY),
    )
    assert made.changes == [WalletChange(MONEY, -70, 0, True), WalletChange(GRAIN, 70, 0, True)]


def test_charges_change_a_wallet_once_by_their_sum() -> None:
    takes = charge_line(MONEY, 90, credit=False, details={"head": "freight"})
    gives = charge_line(MONEY, 40, credit=True, details={})
    assert takes == FundsLine(MONEY, "charge", 90, (("wallet", -90), ("spent", 90)), None, {"head": "freight"})
    assert gives.legs == (("wallet", 40), ("spent", -40))
    made = posting(decide_charge(FundsState(), [takes, gives], NOW, reference="order-1"))
    assert (made.kind, made.amount, made.lines, made.at) == ("charge", 130, (takes, gives), NOW)
    assert made.changes == [WalletChange(MONEY, -50, 0, True)]


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_and_less_than_nothing_is_never_posted(amount: int) -> None:
    for move in (tenant_money.decide_credit, tenant_money.decide_debit):
        with pytest.raises(InvariantBroken, match="amounts are above zero"):
            move(FundsState(), MONEY, amount, NOW)


# What is known speaks against a posting


def test_more_than_is_known_to_be_there_is_refused_with_the_figures_and_all_of_it_is_not() -> None:
    known = knowing(free=120, held=30, overdraft=20)
    assert isinstance(tenant_money.decide_debit(known, MONEY, 120, NOW), FundsPosting)
    assert tenant_money.decide_debit(known, MONEY, 121, NOW) == Refusal(
        "insufficient_balance", {"balance": 130, "available": 100, "requested": 121}
    )
    assert isinstance(tenant_money.decide_credit(knowing(free=-500), MONEY, 1, NOW), FundsPosting)
    assert isinstance(tenant_money.decide_funds_capture(knowing(free=-500, held=80), HOLD, NOW), FundsPosting)


def test_a_wallet_that_is_not_there_holds_nothing_and_one_that_was_not_looked_at_speaks_against_nothing() -> None:
    assert tenant_money.decide_debit(FundsState({MONEY.id: None}), MONEY, 1, NOW) == Refusal(
        "insufficient_balance", {"balance": 0, "available": 0, "requested": 1}
    )
    assert isinstance(tenant_money.decide_debit(FundsState({GRAIN.id: None}), MONEY, 1, NOW), FundsPosting)


def test_every_wallet_of_a_posting_is_looked_at() -> None:
    known = FundsState({GRAIN.id: FundsBalance(frozen=True)})
    assert tenant_money.decide_transfer(known, MONEY, GRAIN, 5, NOW) == Refusal("wallet_not_active", {})


def test_a_frozen_wallet_ends_what_was_begun_and_begins_nothing() -> None:
    known = knowing(free=1000, held=80, frozen=True)
    for refused in (
        tenant_money.decide_credit(known, MONEY, 1, NOW),
        tenant_money.decide_debit(known, MONEY, 1, NOW),
        tenant_money.decide_transfer(known, GRAIN, MONEY, 1, NOW),
        decide_charge(known, [charge_line(MONEY, 1, credit=True, details={})], NOW, reference="order-1"),
        tenant_money.decide_funds_hold(known, MONEY, 1, NOW, id="hold_2", expires_at=NOW + 1),
    ):
        assert refused == Refusal("wallet_not_active", {})
    for ended in (
        tenant_money.decide_funds_capture(known, HOLD, NOW),
        tenant_money.decide_funds_void(known, HOLD, NOW),
        tenant_money.decide_funds_void(known, HOLD, NOW + 1000, why="expired"),
        tenant_money.decide_refund(known, original(), NOW),
    ):
        assert [change.needs_active for change in posting(ended).changes] == [False]


def test_one_line_that_needs_an_active_wallet_is_enough_to_need_it() -> None:
    lines = (
        FundsLine(MONEY, "debit", 5, (("wallet", -5), ("spent", 5))),
        FundsLine(MONEY, "refund", 5, (("wallet", 5), ("spent", -5))),
    )
    for both in (lines, lines[::-1]):
        bound = creditable_change(both, "order-1")
        assert FundsPosting("charge", 10, both, NOW, creditable=bound).changes == [WalletChange(MONEY, 0, 0, True)]


# Hold, capture, void


def test_a_hold_sets_value_aside_and_says_until_when() -> None:
    made = posting(tenant_money.decide_funds_hold(FundsState(), MONEY, 80, NOW, id="hold_1", expires_at=NOW + 1000))
    until = {"expires_at": clock.iso(NOW + 1000)}
    line = FundsLine(MONEY, "hold", 80, (("wallet", -80), ("held", 80)), details=until)
    assert made == FundsPosting("hold", 80, (line,), NOW, hold=HOLD)
    assert made.changes == [WalletChange(MONEY, -80, 80, True)]
    assert (HOLD.state, HOLD.captured) == ("open", 0)
    assert tenant_money.hold_id("txn_abc") == "hold_abc"


def test_a_capture_takes_all_for_good() -> None:
    made = posting(tenant_money.decide_funds_capture(FundsState(), HOLD, NOW))
    line = FundsLine(MONEY, "capture", 80, (("held", -80), ("spent", 80)))
    assert made == FundsPosting("capture", 80, (line,), NOW, hold=replace(HOLD, state="captured", captured=80))
    assert made.changes == [WalletChange(MONEY, 0, -80, False)]


def test_a_capture_of_a_part_gives_the_rest_back() -> None:
    made = posting(tenant_money.decide_funds_capture(FundsState(), HOLD, NOW, amount=30, contra="bank"))
    assert made.lines == (FundsLine(MONEY, "capture", 30, (("held", -80), ("wallet", 50), ("bank", 30))),)
    assert made.hold == replace(HOLD, state="captured", captured=30)


def test_a_capture_can_go_to_another_tenants_wallet() -> None:
    made = posting(tenant_money.decide_funds_capture(FundsState(), HOLD, NOW, amount=30, to=GRAIN))
    assert made.lines == (
        FundsLine(MONEY, "capture", 30, (("held", -80), ("wallet", 50), ("transfer", 30)), GRAIN),
        FundsLine(GRAIN, "capture", 30, (("wallet", 30), ("transfer", -30)), MONEY),
    )


def test_a_void_gives_all_back_and_says_whether_time_was_over() -> None:
    made = posting(tenant_money.decide_funds_void(FundsState(), HOLD, NOW))
    line = FundsLine(MONEY, "void", 80, (("held", -80), ("wallet", 80)))
    assert made == FundsPosting("void", 80, (line,), NOW, hold=replace(HOLD, state="voided"))
    over = posting(tenant_money.decide_funds_void(FundsState(), HOLD, NOW + 1000, why="expired"))
    assert (over.kind, over.lines[0].kind) == ("expire", "expire")
    assert over.hold == replace(HOLD, state="expired")


def test_a_hold_is_captured_until_the_instant_at_which_it_expires_and_no_more_than_it_holds() -> None:
    assert isinstance(tenant_money.decide_funds_capture(FundsState(), HOLD, NOW + 999, amount=80), FundsPosting)
    assert tenant_money.decide_funds_capture(FundsState(), HOLD, NOW + 1000) == Refusal("hold_not_open", {})
    assert tenant_money.decide_funds_void(FundsState(), HOLD, NOW + 999, why="expired") == Refusal("hold_not_open", {})
    assert tenant_money.decide_funds_capture(FundsState(), HOLD, NOW, amount=81) == Refusal(
        "capture_exceeds_hold", {"held": 80}
    )
    assert isinstance(tenant_money.decide_funds_void(FundsState(), HOLD, NOW + 5000), FundsPosting)


@pytest.mark.parametrize("state", ["captured", "voided", "expired"])
def test_what_is_known_of_a_hold_counts_more_than_what_was_read_and_a_hold_ends_once(state: Any) -> None:
    known = FundsState(hold=replace(HOLD, state=state))
    assert tenant_money.decide_funds_capture(known, HOLD, NOW) == Refusal("hold_not_open", {})
    assert tenant_money.decide_funds_void(known, HOLD, NOW) == Refusal("hold_not_open", {})
    assert tenant_money.decide_funds_void(known, HOLD, NOW + 5000, why="expired") == Refusal("hold_not_open", {})
