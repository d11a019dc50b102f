"""A wallet's entries replayed: each invariant, broken alone in a chain that is sealed anew, is found and named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from batua import clock, ids
from batua.audit import coin_records, replay
from batua.audit.coin_records import CoinRecords
from batua.ledger.decisions import customer_coins, transfers
from batua.ledger.findings import Finding
from batua.ledger.model import Original, Posting, Wallet
from batua.ledger.records.shared import entry_hash
from batua.store import keys
from tests.fakes.replayed import (
    BAKERY,
    DECEMBER,
    DONE,
    NOVEMBER,
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


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def test_a_wallet_that_is_whole_has_no_findings_in_whatever_order_its_entries_come(ledger: Ledger) -> None:
    assert ledger.findings() == []
    assert replay.replay_scope(SCOPE, ledger.books()) == []
    backwards = replace(ledger.books(), entries=tuple(ledger.entries.values())[::-1])
    assert replay.replay_wallet(SCOPE, WALLET, backwards) == replay.replay_scope(SCOPE, backwards) == []
    others = {"expire", "transfer_out", "transfer_in", "import", "reverse_import"}
    assert {record["kind"] for record in ledger.entries.values()} == set(replay.SIGNS) - others


def moved(posting: Posting, account: str) -> int:
    return sum(leg.amount for leg in posting.legs if leg.account == account)


def test_coins_that_are_moved_and_imported_stand_at_the_account_that_the_replay_looks_at() -> None:
    source, target = Wallet(ids.derived_id("wal", "old"), "old"), Wallet(ids.derived_id("wal", "new"), "new")
    imported = customer_coins.decide_import(source, PROGRAM, NOVEMBER, coins=70)
    assert isinstance(imported, Posting)
    original = Original(txn("imported"), "import", source.id, 70, imported.lots, 202611, 0, SHOP)
    reversed_import = customer_coins.decide_reversal(imported.after, PROGRAM, original, NOVEMBER)
    out = transfers.decide_merge(imported.after, target, PROGRAM, NOVEMBER)
    assert isinstance(reversed_import, Posting)
    assert isinstance(out, Posting)
    into = transfers.merged_into(target, PROGRAM, out, NOVEMBER)
    for posting in (imported, reversed_import, out, into):
        account, sign = replay.SIGNS[posting.kind]
        assert sign * posting.amount == moved(posting, account), posting.kind
    assert [posting.kind for posting in (imported, reversed_import, out, into)] == [
        "import",
        "reverse_import",
        "transfer_out",
        "transfer_in",
    ]


# Entries, one by one

CHAIN, SEAL = "the chain of hashes is whole", "an entry says what it said when it was sealed"
AFTER, DEBT = "the balance after is what the movement leaves", "debt is what the movement leaves"
MADE, PAST = "only a reversed issue makes debt", "lots that are past leave as breakage"
HELD, AMOUNT = "what is held is what the movement leaves", "the amount is what the legs say"
EARLIER = f"{clock.iso(NOVEMBER)}#{txn('second')}"


@pytest.mark.parametrize(
    ("name", "forged", "findings"),
    [
        ("second", {"g2s": EARLIER}, [("time does not run backwards", "True", "False")]),
        ("second", {"amt": 41}, [(AMOUNT, "-41", "-40")]),
        ("second", {"kind": "gift", "amt": 41}, [(AMOUNT, "41", "40")]),
        ("second", {"kind": "redeem"}, [(AMOUNT, "40", "0")]),
        ("second", {"bef": 1}, [("the balance before is the last balance after", "78", "1")]),
        ("second", {"aft": 1}, [(AFTER, "118", "1")]),
        ("open", {"held": 1}, [(HELD, "20", "1")]),
        ("owing", {"debt": 1}, [(DEBT, "48", "1")]),
        (
            "third",
            {"exp": {"202611": 1}},
            [
                (PAST, "{202612: 43}", "{202611: 1}"),
                ("breakage is what the legs say", "1", "43"),
                (MADE, "True", "False"),
                (AFTER, "23", "65"),
            ],
        ),
        (
            "third",
            {"legs": [["wallet", 5], ["mint", -5]]},
            [
                ("breakage is what the legs say", "43", "0"),
                (MADE, "True", "False"),
                (AFTER, "108", "65"),
                (DEBT, "-43", "0"),
            ],
        ),
        (
            "second",
            {"legs": [["wallet", 38], ["mint", -38]]},
            [(AMOUNT, "-40", "-38"), (MADE, "True", "False"), (AFTER, "116", "118")],
        ),
        (
            "redeem",
            {"lots": {"202612": -500}},
            [(MADE, "True", "False"), (DEBT, "-470", "0"), ("no lot is overdrawn", "True", "False")],
        ),
        (
            "open",
            {"legs": [["wallet", 20], ["held", -20]], "lots": {"202612": 20}},
            [
                (AMOUNT, "20", "-20"),
                (HELD, "-20", "20"),
                ("no lot is overdrawn", "True", "False"),
            ],
        ),
        (
            "second",
            {"legs": [["wallet", 40], ["mint", -41]]},
            [("legs add up to zero", "0", "-1"), (AMOUNT, "-40", "-41")],
        ),
        (
            "second",
            {"legs": [["wallet", 40], ["held", 5], ["mint", -45]]},
            [
                (AMOUNT, "-40", "-45"),
                (AFTER, "123", "118"),
                (HELD, "5", "0"),
                ("only the entries of holds move what is held", "0", "5"),
            ],
        ),
        ("second", {"hold": OPEN}, [("a hold ends once", "open", "None")]),
        ("void", {"hold": OPEN}, [("a hold is made once", "False", "True")]),
        ("capture", {"hold": "hold_x"}, [("a hold ends once", "open", "None")]),
        ("release", {"hold": DONE}, [("a hold ends once", "open", "captured")]),
        (
            "capture",
            {"spent": {"202612": 14}},
            [("a hold's lots come back or are spent", "{202612: 20}", "{202612: 19}")],
        ),
        (
            "release",
            {"legs": [["held", -19], ["wallet", 19]], "amt": 19, "lots": {"202612": 19}, "held": 21},
            [
                ("the end of a hold releases all of it", "-20", "-19"),
                ("a hold's lots come back or are spent", "{202612: 20}", "{202612: 19}"),
            ],
        ),
        ("back", {"orig": None}, [("a reversal names its original", "False", "True")]),
        (
            "back",
            {"orig": "txn_x"},
            [("a reversal's original is an entry of the wallet before it", "True", "False")],
        ),
        (
            "again",
            {"amt": 19, "legs": [["wallet", 19], ["redeemed", -19], ["wallet", -19], ["breakage", 19]]}
            | {"lots": {"202612": 19}, "exp": {"202612": 19}},
            [
                ("reversals never exceed the original", "True", "False"),
                ("undoing a redemption gives its lots back", "{202612: 18}", "{202612: 19}"),
            ],
        ),
        (
            "back",
            {"lots": {"202612": 11, "202611": 1}, "exp": {"202612": 11, "202611": 1}},
            [("undoing a redemption gives its lots back", "{202612: 12}", "{202612: 11, 202611: 1}")],
        ),
    ],
)
def test_what_an_entry_says_is_held_to_what_its_movement_makes(
    ledger: Ledger, name: str, forged: Record, findings: list[tuple[str, str, str]]
) -> None:
    ledger.forge(name, **forged)
    assert [finding[1:] for finding in ledger.findings() if finding[0] == name] == findings


def test_after_an_entry_that_makes_no_sense_balances_are_followed_no_further(ledger: Ledger) -> None:
    ledger.forge("second", bef=1)
    ledger.forge("capture", aft=1)
    assert {subject for subject, _, _, _ in ledger.findings()} == {"second"}


def test_an_entry_in_the_place_or_the_wallet_of_another_is_found(ledger: Ledger) -> None:
    other = ids.derived_id("wal", "other")
    ledger.forge("second", g1p=keys.wallet_partition(SCOPE, other))
    assert ledger.findings() == [("second", "an entry is of its wallet", WALLET, other)]
    ledger = Ledger()
    ledger.forge("second", g2s=f"{clock.iso(DECEMBER)}#{txn('elsewhere')}")
    assert ledger.findings() == [("second", "an entry is of its key", txn("elsewhere"), txn("second"))]


def test_numbers_have_no_gaps_and_hashes_are_a_chain(ledger: Ledger) -> None:
    gone = ledger.entries.pop("bakery")
    found = ledger.findings()
    assert ("second", "numbers have no gaps", "3", "4") in found
    assert ("second", CHAIN, ledger.entries["redeem"]["hash"].hex(), gone["hash"].hex()) in found
    assert not {invariant for subject, invariant, _, _ in found if subject not in ("second", "wallet")} & {CHAIN}
    ledger = Ledger()
    ledger.entries["second"]["note"] = "another"
    sealed = entry_hash(txn("second"), ledger.entries["second"]).hex()
    assert ledger.findings() == [("second", SEAL, sealed, ledger.entries["second"]["hash"].hex())]


@pytest.mark.parametrize(
    "broken",
    [{"kind": None}, {"g2s": "z"}, {"g1s": "x"}, {"legs": 5}, {"legs": [[]]}, {"lots": {"x": 1}}, {"g1p": 5}],
)
def test_an_entry_that_cannot_be_read_is_named_and_the_rest_is_read(ledger: Ledger, broken: Record) -> None:
    record = ledger.entries["again"]
    ledger.entries["again"] = {name: value for name, value in {**record, **broken}.items() if value is not None}
    first = ledger.findings()[0] if "g1s" not in broken else ledger.findings()[-3]
    assert first[:3] == ("again", "every item can be read", "all of its attributes")
    assert first[3].partition(": ")[0] in ("KeyError", "ValueError", "TypeError", "IndexError", "AttributeError")
    assert "again" not in {subject for subject, invariant, _, _ in ledger.findings() if invariant != first[1]}


def test_an_entry_without_a_key_is_of_none(ledger: Ledger) -> None:
    record = {name: value for name, value in ledger.entries["again"].items() if name != "pk"}
    books = replace(ledger.books(), entries=(*list(ledger.entries.values())[:-1], record))
    found = replay.replay_wallet(SCOPE, WALLET, books)
    assert Finding("", "an entry is of its key", txn("again"), "") in found


def test_two_entries_of_one_instant_and_an_expiry_are_whole(ledger: Ledger) -> None:
    ledger.forge("redeem", g2s=f"{ledger.entries['first']['g2s'].partition('#')[0]}#{txn('redeem')}")
    ledger.issue("more", 60)
    ledger.now += 90 * clock.DAY_MS
    ledger.post("expire", lambda _: customer_coins.decide_expiry(ledger.wallet, PROGRAM, ledger.now))
    assert ledger.findings() == []
    ledger.forge("expire", amt=13)
    assert ledger.findings() == [("expire", AMOUNT, "13", "12")]


@pytest.mark.parametrize(("coins", "left"), [(48, {}), (49, {202702: 1})])
def test_the_last_coin_of_a_debt_and_the_first_beyond_it_are_whole(
    ledger: Ledger, coins: int, left: dict[int, int]
) -> None:
    ledger.issue("paid", coins)
    assert ledger.wallet.lots == left
    ledger.reverse("owed", "paid", coins if left else 1)
    assert (ledger.wallet.debt, ledger.findings()) == (48 if left else 1, [])


# Daily caps


def earned(ledger: Ledger) -> Any:
    (finding,) = [one for one in ledger.findings() if one[1] == "the wallet's `earn` is what its entries make"]
    return finding[2]


def test_what_was_earned_today_is_counted_by_merchant_less_what_was_undone_of_today(ledger: Ledger) -> None:
    assert ledger.wallet.earned == {SHOP: 2}
    ledger.issue("more", 4)
    ledger.issue("cake", 7, BAKERY)
    ledger.reverse("uncake", "cake", 7)
    assert ledger.findings() == []
    assert ledger.wallet.earned == {SHOP: 6, BAKERY: 0}
    ledger.wallet = replace(ledger.wallet, earned={SHOP: 7})
    assert earned(ledger) == str({SHOP: 6, BAKERY: 0})
    ledger.now += clock.DAY_MS
    ledger.post(
        "let go",
        lambda _: customer_coins.decide_void(ledger.wallet, PROGRAM, ledger.held(OPEN), ledger.now, why="voided"),
    )
    ledger.wallet = replace(ledger.wallet, earned={SHOP: 6, BAKERY: 0})
    assert ledger.findings() == []
    ledger.issue("tomorrow", 4)
    assert ledger.findings() == []


def test_a_reversal_with_a_shortfall_counts_what_was_asked_to_be_undone() -> None:
    ledger = Ledger()
    capped = replace(PROGRAM, reversal="cap")
    ledger.issue("more", 60)
    undoes = ledger.original("more")
    ledger.post("short", lambda _: customer_coins.decide_reversal(ledger.wallet, capped, undoes, ledger.now))
    assert ledger.entries["short"]["short"] == 48
    assert ledger.wallet.earned == {SHOP: 2}
    assert ledger.findings() == []
    assert replay.replay_scope(SCOPE, ledger.books()) == []


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
