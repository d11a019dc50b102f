"""Entries, wallets, holds and months on record: each attribute by its name, and back again as it was."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from batua import clock, ids
from batua.ledger.lots import PendingLot
from batua.ledger.model import Hold, Leg, MonthChange, Origin, Original, Posting, Wallet
from batua.ledger.records.customer_coins import (
    Entry,
    entry_item,
    hold_item,
    read_entry,
    read_hold,
    read_wallet,
    wallet_item,
)
from batua.ledger.records.shared import entry_hash, reversal_put
from batua.store import keys
from batua.store.writes import ABSENT, Condition, Put

OWNER, SHOP = ids.derived_id("ten", "owner"), ids.derived_id("ten", "shop")
SCOPE, ID = keys.scope("live", OWNER), ids.derived_id("txn", "one")
WALLET_ID, HOLD_ID = ids.derived_id("wal", "asha"), ids.derived_id("hold", "one")
NOW = clock.parse_iso("2026-11-21T09:30:00.123Z")
SOURCE = Origin("key_1", "203.0.113.7", SHOP, reference="INV-1", note="second visit")
WALLET = Wallet(WALLET_ID, "cust_1", {202611: 10, 202701: 20}, 4, 0, 7, "active", b"before", NOW - 5, NOW - 99)
ISSUED = Posting(
    "issue",
    "prg_1",
    7,
    WALLET,
    replace(WALLET, lots={202701: 20, 202711: 7}, seq=8, last_at=NOW),
    (Leg("wallet", 7), Leg("mint", -7), Leg("wallet", -10), Leg("breakage", 10)),
    NOW,
    {202711: 7},
    expired={202611: 10},
    months=(MonthChange(202611, 2, issued=7, room=2100), MonthChange(202611, 1, room=-5)),
    rule=("rul_1", 3, "flat"),
    bill=140_00,
)
CAPTURED = Posting(
    "capture",
    "prg_1",
    3,
    WALLET,
    replace(WALLET, lots={202611: 11, 202701: 20}, held=0, seq=8, last_at=NOW),
    (Leg("held", -4), Leg("wallet", 1), Leg("redeemed", 3)),
    NOW,
    {202611: 1},
    spent={202611: 3},
    months=(MonthChange(202611, 0, redeemed=3),),
    hold=Hold(HOLD_ID, WALLET_ID, 4, {202611: 4}, "captured", NOW + 9, SHOP, 3),
)
UNDONE = Posting(
    "reverse_issue",
    "prg_1",
    30,
    WALLET,
    replace(WALLET, lots={}, debt=0, seq=8, last_at=NOW),
    (Leg("wallet", -30), Leg("mint", 30)),
    NOW,
    {202611: -10, 202701: -20},
    months=(MonthChange(202610, 1, issued=-30),),
    original=Original("txn_0", "issue", WALLET_ID, 35, {}, 202610, 1, SHOP, reversed=35),
    shortfall=5,
)


def item(posting: Posting, source: Origin = SOURCE) -> dict[str, Any]:
    return dict(entry_item(SCOPE, ID, posting, source, b"print", 20261121, 202611))


def read(posting: Posting, source: Origin = SOURCE) -> Entry:
    key = keys.transaction_key(SCOPE, ID)
    return read_entry({"pk": key.pk, "sk": key.sk, **item(posting, source)})


def test_an_entry_says_all_of_its_posting_under_names_that_stay() -> None:
    said = item(ISSUED)
    assert said.pop("hash") == entry_hash(ID, said)
    assert said == {
        "kind": "issue",
        "cust": "cust_1",
        "asset": "prg_1",
        "amt": 7,
        "bef": 34,
        "aft": 31,
        "held": 4,
        "legs": [["wallet", 7], ["mint", -7], ["wallet", -10], ["breakage", 10]],
        "lots": {"202711": 7},
        "exp": {"202611": 10},
        "day": 20261121,
        "mon": 202611,
        "sh": {"2": 7},
        "ref": "INV-1",
        "note": "second visit",
        "bill": 140_00,
        "rule": ["rul_1", 3, "flat"],
        "by": "key_1",
        "ip": "203.0.113.7",
        "fp": b"print",
        "prev": b"before",
        "g1p": keys.wallet_partition(SCOPE, WALLET_ID),
        "g1s": "000000000008",
        "g2p": keys.activity_partition(SCOPE, SHOP),
        "g2s": f"2026-11-21T09:30:00.123Z#{ID}",
    }


def test_a_capture_says_its_hold_and_what_was_spent_and_a_reversal_what_it_undoes_and_what_was_short() -> None:
    captured, undone = item(CAPTURED), item(UNDONE)
    assert (captured["hold"], captured["spent"], captured["sh"]) == (HOLD_ID, {"202611": 3}, {"0": 3})
    assert "held" not in captured
    assert (undone["orig"], undone["short"], undone["sh"]) == ("txn_0", 5, {"1": 30})
    assert not {"hold", "spent", "short", "orig", "debt"} & item(ISSUED).keys()


def test_only_a_capture_says_what_was_spent_since_lots_say_it_of_a_redemption() -> None:
    legs = (Leg("wallet", -3), Leg("redeemed", 3))
    after = replace(WALLET, lots={202611: 7, 202701: 20}, seq=8, last_at=NOW)
    redeemed = Posting("redeem", "prg_1", 3, WALLET, after, legs, NOW, {202611: -3}, spent={202611: 3})
    assert "spent" not in item(redeemed)
    assert read(redeemed).spent == {202611: 3}
    assert read(ISSUED).spent == {}


def test_debt_that_is_left_is_said() -> None:
    legs = (Leg("wallet", -40), Leg("mint", 40))
    owing = Posting(
        "reverse_issue", "prg_1", 40, WALLET, replace(WALLET, lots={}, debt=10, seq=8, last_at=NOW), legs, NOW, {}
    )
    assert item(owing)["debt"] == 10
    assert read(owing).debt == 10


def test_an_entry_is_read_back_as_it_was_written() -> None:
    assert read(ISSUED) == Entry(
        id=ID,
        kind="issue",
        wallet=WALLET_ID,
        customer="cust_1",
        asset="prg_1",
        merchant=SHOP,
        amount=7,
        before=34,
        after=31,
        held=4,
        seq=8,
        at=NOW,
        legs=ISSUED.legs,
        lots={202711: 7},
        spent={},
        expired={202611: 10},
        caller="key_1",
        address="203.0.113.7",
        fingerprint=b"print",
        previous=b"before",
        hash=item(ISSUED)["hash"],
        spends={2: 7},
        month=202611,
        day=20261121,
        reference="INV-1",
        note="second visit",
        bill=140_00,
        rule=("rul_1", 3, "flat"),
    )
    captured, undone = read(CAPTURED), read(UNDONE)
    assert (captured.hold, captured.spent, captured.lots, captured.held) == (HOLD_ID, {202611: 3}, {202611: 1}, 0)
    assert (undone.original, undone.shortfall, undone.shard) == ("txn_0", 5, 1)


def test_what_an_entry_leaves_out_is_nothing() -> None:
    bare = read(replace(CAPTURED, hold=None, months=()), Origin("key_1", "::1", SHOP))
    assert (bare.reference, bare.note, bare.bill, bare.rule, bare.hold, bare.original) == (None,) * 6
    assert (bare.shortfall, bare.debt, bare.spends, bare.expired, bare.shard) == (0, 0, {}, {}, 0)
    assert bare.created_at == "2026-11-21T09:30:00.123Z"
    least = {
        name: getattr(bare, name)
        for name in Entry.__dataclass_fields__
        if name not in ("spends", "month", "day", "shortfall", "debt")
    }
    assert Entry(**least) == replace(bare, month=0, day=0)


def test_a_seal_is_over_the_id_and_all_that_is_said_in_a_form_that_stays() -> None:
    said = {"b": [1, "x"], "a": b"\x01"}
    sealed = hashlib.sha256(b'["txn_1",{"a":"01","b":[1,"x"]}]').digest()
    assert entry_hash("txn_1", said) == sealed
    assert entry_hash("txn_1", {**said, "pk": "p", "sk": "s", "hash": b"h"}) == sealed


def test_a_wallets_item_and_back() -> None:
    wallet = replace(
        WALLET,
        earned_on=20261121,
        earned={SHOP: 9},
        unused=True,
        lots={**WALLET.lots, clock.NO_EXPIRY: 5},
        qualifying={202610: 30, 202611: 9},
        qualifying_from=4,
        carried=-6,
        pending={PendingLot(20261205, 202701): 2},
    )
    stands = wallet_item(SCOPE, wallet)
    assert stands == {
        "cust": "cust_1",
        "lots": {"202611": 10, "202701": 20, str(clock.NO_EXPIRY): 5},
        "held": 4,
        "debt": None,
        "seq": 7,
        "st": "active",
        "hash": b"before",
        "at": NOW - 5,
        "open": NOW - 99,
        "day": 20261121,
        "earn": {SHOP: 9},
        "new": True,
        "qual": {"202610": 30, "202611": 9},
        "qual_from": 4,
        "carry": -6,
        "pend": {"20261205-202701": 2},
        "g3p": f"{SCOPE}#X#202611",
        "g3s": WALLET_ID,
    }
    place = {"pk": keys.wallet_key(SCOPE, WALLET_ID).pk}
    assert read_wallet({**place, **stands, "debt": 3}) == replace(wallet, debt=3)
    frozen = replace(wallet, status="frozen")
    assert read_wallet({**place, **stands, "st": "frozen", "debt": 0}) == frozen
    assert wallet_item(SCOPE, frozen)["st"] == "frozen"


def test_a_wallet_without_coins_that_expire_is_not_among_those_to_sweep() -> None:
    for lots in ({}, {clock.NO_EXPIRY: 5}):
        stands = wallet_item(SCOPE, replace(WALLET, lots=lots))
        assert (stands["g3p"], stands["g3s"]) == (None, None)
    empty = {name: value for name, value in wallet_item(SCOPE, Wallet(WALLET_ID, "c")).items() if value is not None}
    assert empty["lots"] == {}
    assert read_wallet({"pk": keys.wallet_key(SCOPE, WALLET_ID).pk, **empty}) == Wallet(WALLET_ID, "c")


def test_a_holds_item_and_back_and_only_an_open_one_is_due() -> None:
    hold = Hold(HOLD_ID, WALLET_ID, 8, {202611: 8}, "open", NOW, SHOP)
    stands = hold_item(hold, SCOPE)
    assert stands == {
        "wal": WALLET_ID,
        "amt": 8,
        "lots": {"202611": 8},
        "st": "open",
        "exp": NOW,
        "mer": SHOP,
        "cap": None,
        "g3p": keys.due_holds_partition_of(HOLD_ID),
        "g3s": f"2026-11-21T09:30:00.123Z#{HOLD_ID}",
    }
    place = {"pk": keys.hold_key(SCOPE, HOLD_ID).pk}
    assert read_hold({**place, **{name: value for name, value in stands.items() if value is not None}}) == hold
    ended = replace(hold, state="captured", captured=5)
    assert (hold_item(ended, SCOPE)["g3p"], hold_item(ended, SCOPE)["g3s"]) == (None, None)
    assert read_hold({**place, **hold_item(ended, SCOPE)}) == ended


def test_how_much_is_undone_is_counted_from_what_it_was() -> None:
    key = keys.reversed_sum_key(SCOPE, ID)
    assert reversal_put(key, 0, 5) == Put(key, {"sum": 5}, when=ABSENT)
    assert reversal_put(key, 5, 9) == Put(key, {"sum": 9}, when=Condition(equal={"sum": 5}))
