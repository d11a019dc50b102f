"""What the replay finds beside a wallet's entries: its item, holds, sums of reversals, and a whole scope."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from batua import ids
from batua.audit import coin_records, replay
from batua.audit.coin_records import CoinRecords
from batua.ledger.decisions import customer_coins
from batua.ledger.findings import Finding
from batua.store import keys
from tests.fakes.replayed import (
    BAKERY,
    DONE,
    OPEN,
    PROGRAM,
    SCOPE,
    SHOP,
    VOID,
    WALLET,
    Ledger,
    Record,
    txn,
)
from tests.unit.replay_fixtures import ledger  # noqa: F401 - fixtures

# What stands beside the entries


@pytest.mark.parametrize(
    ("name", "value", "made"),
    [("lots", {"202701": 1}, "{}"), ("held", 1, "20"), ("debt", 1, "48"), ("at", 1, None), ("surplus", 1, "None")],
)
def test_the_wallets_item_says_what_its_entries_make(ledger: Ledger, name: str, value: Any, made: str | None) -> None:
    stands = ledger.books().wallets[WALLET]
    books = ledger.books(wallets={WALLET: {**stands, name: value}})
    invariant = f"the wallet's `{name}` is what its entries make"
    (finding,) = replay.replay_wallet(SCOPE, WALLET, books)
    assert finding == Finding(WALLET, invariant, made or str(ledger.wallet.last_at), str(value))


def test_the_wallets_number_and_hash_are_its_last_entrys(ledger: Ledger) -> None:
    stands = ledger.books().wallets[WALLET]
    books = ledger.books(wallets={WALLET: {**stands, "seq": 9, "hash": b"\x01"}})
    assert replay.replay_wallet(SCOPE, WALLET, books) == [
        Finding(WALLET, "the wallet's number is its last entry's", "14", "9"),
        Finding(WALLET, "the wallet's hash is its last entry's", ledger.wallet.last_hash.hex(), "01"),
    ]


def test_a_status_is_nobodys_entry_and_a_wallet_that_says_none_is_found(ledger: Ledger) -> None:
    stands = ledger.books().wallets[WALLET]
    assert replay.replay_wallet(SCOPE, WALLET, ledger.books(wallets={WALLET: {**stands, "st": "frozen"}})) == []
    without = {name: value for name, value in stands.items() if name != "st"}
    (finding,) = replay.replay_wallet(SCOPE, WALLET, ledger.books(wallets={WALLET: without}))
    assert finding == Finding(WALLET, "the wallet's `st` is what its entries make", "active", "None")


def test_a_wallet_with_entries_stands_and_one_without_need_not(ledger: Ledger) -> None:
    assert replay.replay_wallet(SCOPE, WALLET, ledger.books(wallets={})) == [
        Finding(WALLET, "a wallet with entries stands", "False", "True")
    ]
    assert replay.replay_wallet(SCOPE, WALLET, CoinRecords()) == []
    stray = replay.replay_wallet(SCOPE, WALLET, CoinRecords(wallets=ledger.books().wallets))
    assert Finding(WALLET, "the wallet's `cust` is what its entries make", "", "cust") in stray


def test_a_hold_stands_as_its_entries_make_it(ledger: Ledger) -> None:
    without = {id: item for id, item in ledger.holds.items() if id != OPEN}
    assert replay.replay_wallet(SCOPE, WALLET, ledger.books(holds=without)) == [
        Finding(OPEN, "a hold stands", "True", "False")
    ]
    for name, value, made in (
        ("amt", 21, "20"),
        ("st", "voided", "open"),
        ("wal", "wal_x", WALLET),
        ("more", 1, "None"),
    ):
        holds = {**ledger.holds, OPEN: {**ledger.holds[OPEN], name: value}}
        found = replay.replay_wallet(SCOPE, WALLET, ledger.books(holds=holds))
        assert Finding(OPEN, f"the hold's `{name}` is what its entries make", made, str(value)) in found
    captured = {**ledger.holds, DONE: {**ledger.holds[DONE], "cap": 14}}
    invariant = "the hold's `cap` is what its entries make"
    assert replay.replay_wallet(SCOPE, WALLET, ledger.books(holds=captured)) == [Finding(DONE, invariant, "15", "14")]


def test_a_hold_that_was_given_back_may_say_that_its_time_was_over_and_no_other_may(ledger: Ledger) -> None:
    for id, allowed in ((VOID, True), (DONE, False), (OPEN, False)):
        holds = {**ledger.holds, id: {**ledger.holds[id], "st": "expired"}}
        found = replay.replay_wallet(SCOPE, WALLET, ledger.books(holds=holds))
        assert (found == []) is allowed


def test_when_a_hold_expires_and_where_it_was_made_is_what_its_entry_says(ledger: Ledger) -> None:
    for name, value in (("exp", ledger.holds[OPEN]["exp"] + 1), ("mer", ids.derived_id("ten", "elsewhere"))):
        changed = {**ledger.holds, OPEN: {**ledger.holds[OPEN], name: value}}
        (finding,) = replay.replay_wallet(SCOPE, WALLET, ledger.books(holds=changed))
        assert finding == Finding(
            OPEN, f"the hold's `{name}` is what its entries make", str(ledger.holds[OPEN][name]), str(value)
        )


def test_the_sum_of_its_reversals_is_on_record(ledger: Ledger) -> None:
    invariant = "the sum of its reversals is on record"
    more = {**ledger.undone, txn("redeem"): 16}
    assert replay.replay_wallet(SCOPE, WALLET, ledger.books(reversals=more)) == [
        Finding(txn("redeem"), invariant, "15", "16")
    ]
    less = {id: undone for id, undone in ledger.undone.items() if id != txn("redeem")}
    assert replay.replay_wallet(SCOPE, WALLET, ledger.books(reversals=less)) == [
        Finding(txn("redeem"), invariant, "15", "0")
    ]
    stray = {**ledger.undone, txn("bakery"): 1, txn("elsewhere"): 5}
    assert replay.replay_wallet(SCOPE, WALLET, ledger.books(reversals=stray)) == [
        Finding(txn("bakery"), invariant, "0", "1")
    ]


# A whole scope


def audited(books: CoinRecords) -> list[tuple[str, str, str, str]]:
    return [(one.subject, one.invariant, one.expected, one.found) for one in replay.replay_scope(SCOPE, books)]


def test_a_months_figures_are_the_sums_of_its_entries_shard_by_shard(ledger: Ledger) -> None:
    places = {(SHOP, 202611, 1): "redeemed", (SHOP, 202611, 0): "issued", (BAKERY, 202611, 0): "issued"}
    for (merchant, month, shard), figure in places.items():
        stands = ledger.months[merchant, month, shard]
        months = {**ledger.months, (merchant, month, shard): {**stands, figure: stands[figure] + 1}}
        invariant = f"{figure} in {month}, shard {shard}, is the sum of the entries"
        found = (merchant, invariant, str(stands[figure]), str(stands[figure] + 1))
        assert audited(ledger.books(months=months)) == [found]
    without = {place: item for place, item in ledger.months.items() if place != (SHOP, 202701, 0)}
    invariant = "issued in 202701, shard 0, is the sum of the entries"
    assert audited(ledger.books(months=without)) == [(SHOP, invariant, "2", "0")]
    stray = {**ledger.months, (SHOP, 202609, 0): {"redeemed": 5}}
    invariant = "redeemed in 202609, shard 0, is the sum of the entries"
    assert audited(ledger.books(months=stray)) == [(SHOP, invariant, "0", "5")]


def shard_invariants(books: CoinRecords) -> list[tuple[str, str, str, str]]:
    return [one for one in audited(books) if "sum" not in one[1]]


def test_shard_0_knows_of_every_shard_of_its_month(ledger: Ledger) -> None:
    invariant = "shard 2 of 202611 is one of those that shard 0 knows of"
    months = {**ledger.months, (SHOP, 202611, 2): {}, (BAKERY, 202611, 1): {}}
    assert shard_invariants(ledger.books(months=months)) == [(SHOP, invariant, "below 2", "2")]
    alone = {(SHOP, 202612, 0): {}, (SHOP, 202612, 1): {}}
    invariant = "shard 1 of 202612 is one of those that shard 0 knows of"
    assert shard_invariants(ledger.books(months={**ledger.months, **alone})) == [(SHOP, invariant, "below 1", "1")]
    del alone[SHOP, 202612, 0]
    without = {place: item for place, item in ledger.months.items() if place != (SHOP, 202612, 0)}
    assert shard_invariants(ledger.books(months={**without, **alone})) == [(SHOP, invariant, "below 1", "1")]


def test_no_shard_is_below_zero_beside_others_that_are_open(ledger: Ledger) -> None:
    invariant = "no shard of 202611 is below zero while others are open"
    first, second = ledger.months[SHOP, 202611, 0], ledger.months[SHOP, 202611, 1]

    def found(room: int, other: int, **state: Any) -> list[tuple[str, str, str, str]]:
        changed = {(SHOP, 202611, 0): {**first, "room": room}, (SHOP, 202611, 1): {**second, "room": other, **state}}
        elsewhere = {(BAKERY, 202611, 1): {"open": True}, (SHOP, 202612, 1): {"open": True}}
        return shard_invariants(ledger.books(months={**ledger.months, **elsewhere, **changed}))

    assert found(-1, 0) == found(0, 0, open=True) == found(5, 5) == []
    assert found(-1, 0, open=True) == [(SHOP, invariant, "0 or more", "-1")]
    assert found(0, -7) == [(SHOP, invariant, "0 or more", "-7")]
    third = {**ledger.months, (SHOP, 202611, 0): {**first, "room": -1, "reach": 3}}
    mixed = {**third, (SHOP, 202611, 1): {**second, "open": True}, (SHOP, 202611, 2): {}}
    assert shard_invariants(ledger.books(months=mixed)) == [(SHOP, invariant, "0 or more", "-1")]


def test_a_reversal_counts_with_the_merchant_that_issued_whoever_asks(ledger: Ledger) -> None:
    undoes = ledger.original("bakery")
    ledger.post(
        "by the shop", lambda _: customer_coins.decide_reversal(ledger.wallet, PROGRAM, undoes, ledger.now), SHOP
    )
    assert ledger.months[BAKERY, 202611, 0]["issued"] == 0
    assert audited(ledger.books()) == []


def test_every_coin_that_was_minted_is_in_a_wallet_held_redeemed_or_expired(ledger: Ledger) -> None:
    stands = ledger.books().wallets[WALLET]
    for name, value, account, expected, found in (
        ("debt", 47, "wallet", "-48", "-47"),
        ("lots", {"202701": 3}, "wallet", "-48", "-45"),
        ("held", 21, "held", "20", "21"),
    ):
        books = ledger.books(wallets={WALLET: {**stands, name: value}})
        invariant = f"all wallets' `{account}` is the sum of the legs"
        assert (SCOPE, invariant, expected, found) in audited(books)
    ledger.forge("again", legs=[*ledger.entries["again"]["legs"], ["mint", 5]])
    assert (SCOPE, "all legs add up to zero", "0", "5") in audited(ledger.books())
    assert replay.account_totals(ledger.books().entries) == {
        "wallet": -48,
        "mint": -55,
        "redeemed": 30,
        "breakage": 58,
        "held": 20,
    }


def test_holds_and_sums_that_no_entry_speaks_of_are_strays(ledger: Ledger) -> None:
    hold, undone = ids.derived_id("hold", "stray"), txn("stray")
    books = ledger.books(holds={**ledger.holds, hold: ledger.holds[OPEN]}, reversals={**ledger.undone, undone: 5})
    invariant = "an entry speaks of it"
    assert audited(books) == [(hold, invariant, "an entry", "none"), (undone, invariant, "an entry", "none")]


def test_every_wallet_of_a_scope_is_replayed_from_its_own_entries(ledger: Ledger) -> None:
    other = ids.derived_id("wal", "other")
    stands = ledger.books().wallets
    books = ledger.books(wallets={**stands, other: {**stands[WALLET], "lots": {}, "debt": 0, "held": 0}})
    assert {
        subject for subject, invariant, _, _ in audited(books) if invariant == "the wallet's number is its last entry's"
    } == {other}
    ledger.forge("second", g1p=keys.wallet_partition(SCOPE, other))
    assert (other, "a wallet with entries stands", "False", "True") in audited(ledger.books())


@pytest.mark.parametrize("broken", [{"mon": None}, {"sh": {"x": 1}}])
def test_sums_over_what_cannot_be_read_say_so_and_the_others_are_still_told(ledger: Ledger, broken: Record) -> None:
    record = {name: value for name, value in {**ledger.entries["again"], **broken}.items() if value is not None}
    ledger.entries["again"] = record
    unreadable = [one for one in audited(ledger.books()) if one[1] == "every item can be read"]
    assert SCOPE in {subject for subject, _, _, _ in unreadable}
    assert replay.account_totals(ledger.books().entries)["redeemed"] == 33


# Sorting what was read


def test_items_are_sorted_by_what_they_are_and_refusals_left_out(ledger: Ledger) -> None:
    books = ledger.books()
    places = {place: keys.month_key(SCOPE, place[0], place[2], place[1]) for place in books.months}
    months = {place: {"pk": key.pk, "sk": key.sk, **books.months[place]} for place, key in places.items()}
    sums = {id: keys.reversed_sum_key(SCOPE, id) for id in books.reversals}
    undone = [{"pk": key.pk, "sk": key.sk, "sum": books.reversals[id]} for id, key in sums.items()]
    refused = {**ledger.entries["first"], "kind": "refused"}
    funds = {"pk": f"{SCOPE}#W#{WALLET}", "sk": "FUNDS", "free": 5}
    items = [*books.entries, *books.wallets.values(), *books.holds.values(), *undone, *months.values()]
    assert coin_records.gather_coin_records([refused, funds, *items]) == replace(books, months=months)


def test_what_stands_beside_a_wallets_entries_is_named_by_them(ledger: Ledger) -> None:
    issued = ("first", "redeem", "bakery", "second", "capture", "third")
    wanted = [
        keys.wallet_key(SCOPE, WALLET),
        *(keys.hold_key(SCOPE, id) for id in (OPEN, DONE, VOID)),
        *(keys.reversed_sum_key(SCOPE, txn(name)) for name in issued),
    ]
    assert sorted(coin_records.related_keys(SCOPE, WALLET, ledger.entries.values())) == sorted(wanted)
    imported = {**ledger.entries["first"], "kind": "import"}
    assert coin_records.related_keys(SCOPE, WALLET, [imported])[1:] == [keys.reversed_sum_key(SCOPE, txn("first"))]
