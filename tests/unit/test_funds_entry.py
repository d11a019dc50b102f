"""Tenant wallets on record: lines, wallets and holds, each attribute by its name, and back again as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from batua import clock, ids
from batua.ledger.decisions import tenant_money
from batua.ledger.decisions.charges import charge_line, decide_charge
from batua.ledger.decisions.tenant_money import (
    FundsBalance,
    FundsHold,
    FundsLine,
    FundsOriginal,
    FundsPosting,
    FundsState,
    TenantWallet,
    WalletChange,
)
from batua.ledger.model import Origin
from batua.ledger.records.shared import entry_hash
from batua.ledger.records.tenant_money import (
    FundsEntry,
    TransactionContext,
    closing_update,
    funds_hold_item,
    funds_update,
    line_item,
    loaded_balances,
    name_update,
    opening_update,
    original_of,
    overdraft_update,
    posting_items,
    read_funds_balance,
    read_funds_hold,
    read_line,
    read_tenant_wallet,
    read_wallet_name,
    reopening_update,
    revision_of,
)
from batua.store import keys
from batua.store.writes import ABSENT, Condition, Update

SHOP, MILL = ids.derived_id("ten", "shop"), ids.derived_id("ten", "mill")
MONEY, GRAIN = tenant_money.tenant_wallet("live", SHOP), tenant_money.tenant_wallet("live", MILL, "INR", "asha")
SCOPE, ID, HOLD_ID = MONEY.scope, ids.derived_id("txn", "one"), ids.derived_id("hold", "one")
NOW = clock.parse_iso("2026-11-21T09:30:00.123Z")
PLACE = f"2026-11-21T09:30:00.123Z#{ID}#"
SOURCE = Origin("usr_1", "203.0.113.7", SHOP, reference="UTR-1", note="rent")
WHOSE = {"ten": SHOP, "asset": "INR", "g3p": keys.funds_wallets_partition(SCOPE), "g3s": MONEY.id}


def items(posting: Any, source: Origin = SOURCE) -> list[dict[str, Any]]:
    assert isinstance(posting, FundsPosting)
    made = posting_items(ID, posting, source, b"print", 20261121)
    return [{"pk": key.pk, "sk": key.sk, **item} for key, item in made]


def test_the_first_line_says_all_of_the_transaction_and_the_others_their_own_side() -> None:
    first, second = items(tenant_money.decide_transfer(FundsState(), MONEY, GRAIN, 70, NOW))
    assert first == {
        "pk": keys.funds_line_key(SCOPE, ID, 0).pk,
        "sk": keys.funds_line_key(SCOPE, ID, 0).sk,
        "kind": "transfer",
        "ten": SHOP,
        "asset": "INR",
        "amt": 70,
        "legs": [["wallet", -70], ["transfer", 70]],
        "of": [MILL, "asha"],
        "day": 20261121,
        "by": "usr_1",
        "ip": "203.0.113.7",
        "ref": "UTR-1",
        "note": "rent",
        "fp": b"print",
        "tot": 70,
        "n": 2,
        "g1p": keys.funds_statement_partition(SCOPE, MONEY.id),
        "g1s": f"{PLACE}00",
        "g2p": keys.funds_activity_partition(SCOPE, SHOP),
        "g2s": f"{PLACE}00",
        "hash": entry_hash(ID, {name: value for name, value in first.items() if name != "hash"}),
    }
    assert (second["pk"], second["sk"]) == tuple(keys.funds_line_key(GRAIN.scope, ID, 1))[1:]
    assert (second["cust"], second["of"], second["g1s"]) == ("asha", [SHOP, ""], f"{PLACE}01")
    assert second["g2p"] == keys.funds_activity_partition(GRAIN.scope, MILL)
    assert not {"fp", "tot", "n"} & second.keys()


def test_a_transaction_stands_once_in_the_activity_of_a_tenant() -> None:
    lines = [charge_line(MONEY, n, credit=False, details={"head": "tax"}) for n in (5, 6)]
    first, second = items(decide_charge(FundsState(), lines, NOW, reference="order-1"))
    assert first["more"] == second["more"] == {"head": "tax"}
    assert {"g2p", "g2s"} <= first.keys()
    assert not {"g2p", "g2s"} & second.keys()


def test_lines_name_the_hold_and_the_transaction_that_is_undone() -> None:
    (held,) = items(tenant_money.decide_funds_hold(FundsState(), MONEY, 5, NOW, id=HOLD_ID, expires_at=NOW + 9))
    assert (held["hold"], held["more"]) == (HOLD_ID, {"expires_at": clock.iso(NOW + 9)})
    original = FundsOriginal("txn_0", "debit", 5, (FundsLine(MONEY, "debit", 5, (("wallet", -5), ("spent", 5))),))
    (undone,) = items(tenant_money.decide_refund(FundsState(), original, NOW))
    assert undone["orig"] == "txn_0"
    assert "hold" not in undone
    assert "orig" not in held


def test_a_line_beside_a_coin_transaction_carries_no_idempotency_record() -> None:
    line = FundsLine(MONEY, "issue", 9, (("wallet", -9), ("float", 9)))
    for number in (0, 1):
        said = line_item(line, number, TransactionContext(ID, NOW, Origin("key_1", "::1", SHOP), 20261121))
        assert not {"fp", "tot", "n", "of", "more", "ref", "note", "cust", "hold", "orig"} & said.keys()


def test_lines_are_read_back_as_they_were_written() -> None:
    first, second = map(read_line, items(tenant_money.decide_transfer(FundsState(), MONEY, GRAIN, 70, NOW)))
    assert first == FundsEntry(
        id=ID,
        number=0,
        line=FundsLine(MONEY, "transfer", 70, (("wallet", -70), ("transfer", 70)), GRAIN),
        at=NOW,
        day=20261121,
        caller="usr_1",
        address="203.0.113.7",
        fingerprint=b"print",
        total=70,
        count=2,
        reference="UTR-1",
        note="rent",
    )
    assert second == FundsEntry(
        id=ID,
        number=1,
        line=FundsLine(GRAIN, "transfer", 70, (("wallet", 70), ("transfer", -70)), MONEY),
        at=NOW,
        day=20261121,
        caller="usr_1",
        address="203.0.113.7",
        total=70,
        count=1,
        reference="UTR-1",
        note="rent",
    )
    assert (first.wallet, first.kind, first.created_at) == (MONEY.id, "transfer", "2026-11-21T09:30:00.123Z")


def test_a_transaction_of_several_lines_counts_its_total_on_the_first() -> None:
    lines = [charge_line(MONEY, n, credit=False, details={"n": n}) for n in (5, 6)]
    first, second = map(
        read_line, items(decide_charge(FundsState(), lines, NOW, reference="order-1"), Origin("u", "::1", SHOP))
    )
    assert (first.total, first.count, second.total, second.count) == (11, 2, 6, 1)
    assert (first.line, second.line) == tuple(lines)
    assert (first.reference, first.note, first.hold, first.original) == (None, None, None, None)
    assert original_of([first, second], 3) == FundsOriginal(ID, "charge", 11, tuple(lines), 3)


def test_holds_and_refunds_are_read_back_with_what_they_name() -> None:
    (held,) = items(tenant_money.decide_funds_hold(FundsState(), MONEY, 5, NOW, id=HOLD_ID, expires_at=NOW + 9))
    original = FundsOriginal("txn_0", "debit", 5, (FundsLine(MONEY, "debit", 5, (("wallet", -5), ("spent", 5))),))
    (undone,) = items(tenant_money.decide_refund(FundsState(), original, NOW))
    assert (read_line(held).hold, read_line(undone).original) == (HOLD_ID, "txn_0")
    assert read_line(held).line.details == {"expires_at": clock.iso(NOW + 9)}


def test_what_an_entry_leaves_out_is_nothing() -> None:
    line = FundsLine(MONEY, "debit", 5, (("wallet", -5), ("spent", 5)))
    assert FundsEntry(ID, 0, line, NOW, 20261121, "u", "::1") == FundsEntry(
        ID, 0, line, NOW, 20261121, "u", "::1", b"", 0, 0, None, None, None, None
    )
    assert TransactionContext(ID, NOW, SOURCE, 20261121) == TransactionContext(
        ID, NOW, SOURCE, 20261121, b"", 0, 0, None, None, set()
    )


# Wallets

OPEN = ("closed",)
ACTIVE = ("frozen", "closed")


def test_what_is_taken_must_be_there_and_a_gain_makes_the_wallet() -> None:
    taken = funds_update(WalletChange(MONEY, -5, 0, True))
    assert taken == Update(MONEY.key, add={"free": -5}, when=Condition(at_least={"free": 5}, missing=ACTIVE))
    assert funds_update(WalletChange(MONEY, 1, 0, True)) == Update(
        MONEY.key, add={"free": 1}, set=WHOSE, when=Condition(missing=ACTIVE)
    )
    held = funds_update(WalletChange(MONEY, -5, 5, True))
    assert (held.add, held.set, held.when.at_least) == ({"free": -5, "held": 5}, {}, {"free": 5})


def test_ending_a_hold_needs_what_is_held_and_no_active_wallet() -> None:
    captured = funds_update(WalletChange(MONEY, 0, -5, False))
    assert captured == Update(MONEY.key, add={"held": -5}, when=Condition(at_least={"held": 5}, missing=OPEN))
    voided = funds_update(WalletChange(MONEY, 5, -5, False))
    assert voided == Update(
        MONEY.key, add={"free": 5, "held": -5}, set=WHOSE, when=Condition(at_least={"held": 5}, missing=OPEN)
    )
    assert funds_update(WalletChange(MONEY, 1, -5, False)).set == WHOSE


def test_a_wallet_whose_lines_cancel_out_is_made_all_the_same() -> None:
    assert funds_update(WalletChange(MONEY, 0, 0, False)) == Update(MONEY.key, set=WHOSE, when=Condition(missing=OPEN))


def test_a_customers_wallet_says_whose_it_is() -> None:
    assert funds_update(WalletChange(GRAIN, 5, 0, False)).set == {
        "ten": MILL,
        "asset": "INR",
        "g3p": keys.funds_wallets_partition(GRAIN.scope),
        "g3s": GRAIN.id,
        "cust": "asha",
    }


def test_an_overdraft_is_changed_from_what_it_was_and_what_is_in_use_is_not_taken_away() -> None:
    assert overdraft_update(MONEY, 0, 50) == Update(
        MONEY.key, add={"free": 50}, set={**WHOSE, "over": 50}, when=Condition(missing=("over",))
    )
    assert overdraft_update(MONEY, 50, 49) == Update(
        MONEY.key,
        add={"free": -1},
        set={**WHOSE, "over": 49},
        when=Condition(equal={"over": 50}, at_least={"free": 1}),
    )
    assert overdraft_update(MONEY, 50, 0) == Update(
        MONEY.key,
        add={"free": -50},
        set=WHOSE,
        remove=("over",),
        when=Condition(equal={"over": 50}, at_least={"free": 50}),
    )
    assert overdraft_update(MONEY, 50, 50).when == Condition(equal={"over": 50})


def test_a_wallet_is_closed_as_it_was_read_and_changed_by_one_at_a_time() -> None:
    record = {"pk": GRAIN.key.pk, "sk": "FUNDS", "free": 0}
    assert closing_update(record, 7) == Update(
        GRAIN.key,
        set={"closed": 7, "rev": 1},
        when=Condition(equal={"free": 0}, missing=("held", "over", "rev"), present=("ten",)),
    )
    renamed = {**record, "held": 0, "rev": 3}
    assert name_update(renamed, "Mill") == Update(
        GRAIN.key, set={"label": "Mill", "rev": 4}, when=Condition(equal={"rev": 3}, present=("ten",))
    )
    assert reopening_update(renamed) == Update(
        GRAIN.key, set={"rev": 4}, remove=("closed",), when=Condition(equal={"rev": 3}, present=("ten",))
    )
    opened = opening_update(GRAIN)
    assert (opened.set["free"], opened.set["held"], opened.when) == (0, 0, ABSENT)
    assert (revision_of(None), revision_of(record), revision_of(renamed)) == (0, 0, 3)


def test_a_wallet_is_called_as_it_was_named_last() -> None:
    assert read_wallet_name({"cust": "asha", "label": "Asha Rao"}) == "Asha Rao"
    assert read_wallet_name({"cust": "asha"}) == "asha"
    assert read_wallet_name({}) is None


def test_what_stands_on_a_wallet_is_read_and_what_does_not_stand_is_nothing() -> None:
    assert read_funds_balance(None) is None
    assert read_funds_balance({}) == FundsBalance(0, 0, 0, False, False)
    assert read_funds_balance({"closed": 5}) == FundsBalance(closed=True)
    assert read_funds_balance({"free": 1, "held": 2, "over": 3, "frozen": 4}) == FundsBalance(1, 2, 3, True)
    assert read_tenant_wallet({"pk": GRAIN.key.pk, "ten": MILL, "asset": "INR", "cust": "asha"}) == GRAIN
    assert read_tenant_wallet({"pk": MONEY.key.pk, "ten": SHOP, "asset": "INR"}) == MONEY


def test_only_wallets_that_were_read_are_known() -> None:
    stars = TenantWallet(SCOPE, SHOP, "prg_1")
    found = {MONEY.key: {"free": 5}, GRAIN.key: None}
    assert loaded_balances(found, MONEY, GRAIN, stars) == {MONEY.id: FundsBalance(5), GRAIN.id: None}


# Holds


def test_a_holds_item_and_back_and_only_an_open_one_is_due() -> None:
    hold = FundsHold(HOLD_ID, MONEY, 80, NOW)
    stands = funds_hold_item(hold)
    assert stands == {
        "wal": MONEY.id,
        "ten": SHOP,
        "asset": "INR",
        "cust": None,
        "amt": 80,
        "st": "open",
        "exp": NOW,
        "cap": None,
        "g3p": keys.due_holds_partition_of(HOLD_ID),
        "g3s": f"2026-11-21T09:30:00.123Z#{HOLD_ID}",
    }
    place = {"pk": keys.funds_hold_key(SCOPE, HOLD_ID).pk}
    assert read_funds_hold({**place, **{n: value for n, value in stands.items() if value is not None}}) == hold
    ended = replace(hold, wallet=GRAIN, state="captured", captured=5)
    assert (funds_hold_item(ended)["g3p"], funds_hold_item(ended)["g3s"]) == (None, None)
    theirs = {"pk": keys.funds_hold_key(GRAIN.scope, HOLD_ID).pk}
    assert read_funds_hold({**theirs, **funds_hold_item(ended)}) == ended
