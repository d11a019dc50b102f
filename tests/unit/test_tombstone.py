"""Tombstones: what of an entry stays in the table once the archive holds it, and how it is read from then on."""

from __future__ import annotations

import pytest

from batua import ids
from batua.ledger.records.tombstones import MARK, is_tombstone, rehydrate, tombstone, tombstone_item
from batua.store import keys
from batua.store.store import Record
from batua.store.writes import Condition, Update

OWNER, SHOP, WALLET = ids.derived_id("ten", "owner"), ids.derived_id("ten", "shop"), ids.derived_id("wal", "asha")
SCOPE = keys.scope("live", OWNER)
TRANSACTION = ids.derived_id("txn", "1")
PK = f"{SCOPE}#K#{TRANSACTION}"
PLACE = f"2026-08-14T09:30:00.000Z#{TRANSACTION}"

COINS: Record = {
    "pk": PK,
    "sk": "TX",
    "kind": "issue",
    "amt": 50,
    "legs": [["mint", -50], ["wallet", 50]],
    "fp": b"fingerprint",
    "prev": b"before",
    "hash": b"of coins",
    "ip": "203.0.113.7",
    "g1p": keys.wallet_partition(SCOPE, WALLET),
    "g1s": "000000000001",
    "g2p": keys.activity_partition(SCOPE, SHOP),
    "g2s": PLACE,
}
LINE: Record = {
    "pk": PK,
    "sk": "FUNDS#01",
    "kind": "transfer",
    "amt": 50,
    "legs": [["wallet", -50], ["transfer", 50]],
    "hash": b"of money",
    "ip": "203.0.113.7",
    "g1p": keys.funds_statement_partition(SCOPE, WALLET),
    "g1s": f"{PLACE}#01",
    "g2p": keys.funds_activity_partition(SCOPE, SHOP),
    "g2s": PLACE,
}
FIRST: Record = {**LINE, "sk": "FUNDS"}


def without(record: Record, *names: str) -> Record:
    return {name: value for name, value in record.items() if name not in names}


def test_an_entry_of_coins_leaves_its_indexes_legs_address_and_the_hash_before() -> None:
    left = {"wal": WALLET, "mer": SHOP, "arch": 202608}
    assert tombstone(COINS, 202608) == Update(
        keys.transaction_key(SCOPE, TRANSACTION),
        set=left,
        remove=("g1p", "g2p", "legs", "ip", "prev"),
        when=Condition(equal={"hash": b"of coins"}, present=("g1p",)),
    )
    assert tombstone_item(COINS, 202608) == {**without(COINS, "g1p", "g2p", "legs", "ip", "prev"), **left}


@pytest.mark.parametrize("record", [FIRST, LINE])
def test_a_line_of_money_leaves_its_indexes_and_its_address_and_keeps_its_legs(record: Record) -> None:
    left = {"wal": WALLET, "arch": 202608}
    assert tombstone(record, 202608) == Update(
        keys.Key("ledger", PK, record["sk"]),
        set=left,
        remove=("g1p", "g2p", "ip"),
        when=Condition(equal={"hash": b"of money"}, present=("g1p",)),
    )
    assert tombstone_item(record, 202608) == {**without(record, "g1p", "g2p", "ip"), **left}


def test_only_what_an_entry_has_is_taken_from_it() -> None:
    second_of_its_tenant = without(LINE, "g2p", "g2s")
    assert tombstone(second_of_its_tenant, 202608).remove == ("g1p", "ip")


def test_a_tombstone_of_coins_reads_as_its_entry_without_legs_address_and_the_hash_before() -> None:
    left = tombstone_item(COINS, 202608)
    empty = {"legs": [], "ip": "", "prev": b""}
    assert rehydrate(left) == {**COINS, **empty, "wal": WALLET, "mer": SHOP, "arch": 202608}


@pytest.mark.parametrize("record", [FIRST, LINE])
def test_a_tombstone_of_money_reads_as_its_line_without_an_address(record: Record) -> None:
    left = tombstone_item(record, 202608)
    assert rehydrate(left) == {**without(record, "g2p"), "ip": "", "wal": WALLET, "arch": 202608}


def test_an_entry_is_no_tombstone_and_reads_as_it_stands() -> None:
    for record in (COINS, FIRST, LINE):
        assert not is_tombstone(record)
        assert is_tombstone(tombstone_item(record, 202608))
        assert rehydrate(record) is record


def test_what_marks_a_tombstone_stays_as_it_is_on_record() -> None:
    assert MARK == "arch"


@pytest.mark.parametrize(("kind", "moved"), [("reverse_issue", -57), ("reverse_redeem", 43)])
def test_a_reversal_is_answered_alike_before_and_after_its_entry_left_the_table(kind: str, moved: int) -> None:
    from batua.coins.reverse import reversal_result
    from batua.ledger.model import Program
    from batua.ledger.records.customer_coins import read_entry

    program = Program("prg", OWNER, "p", "network", "Asia/Kolkata")
    sign = -1 if kind == "reverse_issue" else 1
    record: Record = {
        **COINS,
        "kind": kind,
        "legs": [["wallet", 50 * sign], ["mint", -50 * sign], ["wallet", -7], ["breakage", 7]],
        "cust": "cust_1",
        "asset": "prg",
        "bef": 100 - moved,
        "aft": 100,
        "orig": "txn_1",
        "day": 20260814,
        "mon": 202608,
        "by": "key_1",
        "exp": {"202607": 7},
    }
    before = read_entry(record)
    left = read_entry(rehydrate(tombstone_item(record, 202608)))
    answers = [reversal_result(entry, program, "live") for entry in (before, left)]
    assert answers[0] == answers[1]
    assert answers[0].previous_balance == 100 - moved
