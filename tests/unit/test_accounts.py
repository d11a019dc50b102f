"""Decisions about tenants' own wallets: each command with its lines, and each of its refusals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from batua import clock, ids
from batua.ledger.decisions import prefunding, tenant_money
from batua.ledger.decisions.charges import charge_line, decide_charge
from batua.ledger.decisions.tenant_money import (
    CreditableChange,
    FundsBalance,
    FundsHold,
    FundsLine,
    FundsOriginal,
    FundsPosting,
    FundsState,
    ReversedAmount,
    TenantWallet,
    WalletChange,
    creditable_change,
)
from batua.ledger.model import InvariantBroken, Leg, Original, Posting, Program, Refusal
from batua.ledger.model import Wallet as CustomerWallet
from batua.store import keys

SHOP, MILL = ids.derived_id("ten", "shop"), ids.derived_id("ten", "mill")
MONEY, GRAIN = tenant_money.tenant_wallet("live", SHOP), tenant_money.tenant_wallet("live", MILL)
NOW = clock.parse_iso("2026-11-21T09:30:00Z")
HOLD = FundsHold("hold_1", MONEY, 80, NOW + 1000)


def posting(decision: Any) -> FundsPosting:
    assert isinstance(decision, FundsPosting), decision
    return decision


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


# Refunds


def original(*lines: FundsLine, kind: str = "debit", undone: int = 0) -> FundsOriginal:
    lines = lines or (FundsLine(MONEY, "debit", 100, (("wallet", -100), ("spent", 100))),)
    return FundsOriginal("txn_1", kind, sum(line.amount for line in lines), lines, undone)


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
