"""A wallet's entries replayed: each invariant, broken alone in a chain that is sealed anew, is found and named."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from batua import clock, ids
from batua.audit import replay
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
    WALLET,
    Ledger,
    Record,
    txn,
)
from tests.unit.replay_fixtures import ledger  # noqa: F401 - fixtures


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
