"""What a row of an import says, and what becomes of a wallet by it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batua import clock, ids
from batua.audit import replay
from batua.audit.coin_records import CoinRecords
from batua.imports.csv_files import FileRejected, decoded, read_table
from batua.imports.rows import RowProblem, guess_mapping, read_row
from batua.ledger.decisions import customer_coins, prefunding
from batua.ledger.decisions.customer_coins import Merchant
from batua.ledger.model import MirPolicy, Origin, Original, Posting, Program, Refusal, Wallet
from batua.ledger.records.customer_coins import entry_item, wallet_item
from batua.store import keys

OWNER, WALLET = ids.derived_id("ten", "owner"), Wallet(ids.derived_id("wal", "asha"), ids.derived_id("cust", "asha"))
NOW = clock.parse_iso("2026-11-28T09:30:00Z")
PROGRAM = Program("prg", OWNER, "p", "network", "Asia/Kolkata", scale=2, mir=MirPolicy())


def row(**cells: str):  # type: ignore[no-untyped-def]
    return read_row(2, {"phone": "98450 11223", **cells}, "balances", PROGRAM, "IN", NOW)


@pytest.mark.parametrize(
    ("cells", "coins", "month"),
    [
        ({"coins": "1,250.50"}, 125_050, 202711),
        ({"coins": "₹ 1,00,000"}, 10_000_000, 202711),
        ({"coins": "1 250"}, 125_000, 202711),
        ({"coins": "5", "expires_on": "31/03/2027"}, 500, 202703),
        ({"coins": "5", "expires_on": "2027-03"}, 500, 202703),
        ({"coins": "5", "expires_on": "2027-03-31T00:00:00"}, 500, 202703),
        ({"coins": "5", "expires_on": "30-11-2026"}, 500, 202611),
        ({"coins": "5", "expires_on": "Never"}, 500, clock.NO_EXPIRY),
        ({"coins": "0"}, None, None),
        ({}, None, None),
    ],
)
def test_amounts_and_dates_are_read_as_people_write_them(cells: dict[str, str], coins: int, month: int) -> None:
    read = row(**cells)
    assert (read.phone, read.coins, read.month) == ("+919845011223", coins, month)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"phone": "9.87654E+09"}, "phone was shortened by a spreadsheet"),
        ({"phone": ""}, "phone must be a phone number"),
        ({"coins": "-5"}, "coins must not be below zero"),
        ({"coins": "many"}, "coins must be a number such as 1250 or 1,250.50, and is 'many'"),
        ({"coins": "1,5"}, "coins must be a number such as 1250 or 1,250.50, and is '1,5'"),
        ({"coins": "1.250,50"}, "coins must be a number"),
        ({"coins": "12,34"}, "coins must be a number"),
        ({"coins": "1 5"}, "coins must be a number"),
        ({"coins": "1,250 000"}, "coins must be a number"),
        ({"coins": "1.005"}, "coins may have at most 2 decimals"),
        ({"coins": "5", "expires_on": "31/10/2026"}, "expires_on is 31/10/2026: these coins have expired already"),
        ({"coins": "5", "expires_on": "02/31/2027"}, "expires_on is 02/31/2027, which is no date"),
        ({"coins": "5", "expires_on": "soon"}, "expires_on must be a date such as"),
        ({"reference": "x" * 129}, "reference must have at most 128 characters, and has 129"),
        ({"note": "a\nb"}, "note must not contain line breaks"),
    ],
)
def test_what_cannot_be_read_is_named_with_what_was_expected(cells: dict[str, str], message: str) -> None:
    with pytest.raises(RowProblem) as found:
        row(**cells)
    assert str(found.value).startswith(message)


def test_usual_column_names_need_no_mapping() -> None:
    headers = ("Name", "MOBILE_NUMBER", "Available Points", "Valid Till", "Remarks")
    assert guess_mapping(headers, "balances") == {
        "phone": "MOBILE_NUMBER", "coins": "Available Points", "expires_on": "Valid Till", "note": "Remarks",
    }  # fmt: skip


def test_tables_are_read_with_any_usual_separator_and_encoding() -> None:
    for text in ("a;b\n1;2\n\n3;4\n", "a\tb\r\n1\t2\r\n\r\n3\t4", "a,b\n1,2\n,\n3,4\n"):
        assert list(read_table(decoded(text.encode("utf-16")))) == [(1, ["a", "b"]), (2, ["1", "2"]), (4, ["3", "4"])]
    with pytest.raises(FileRejected, match="100 columns"):
        list(read_table("x," * 100))


def imported(wallet: Wallet = WALLET, program: Program = PROGRAM, coins: int = 500) -> Posting:
    posting = customer_coins.decide_import(wallet, program, NOW, coins=coins, expires=202703)
    assert isinstance(posting, Posting)
    return posting


def original(posting: Posting) -> Original:
    return Original(
        ids.derived_id("txn", "i"), "import", WALLET.id, posting.amount, posting.lots, 202611, 0, OWNER, day=20261128
    )


def test_imported_coins_give_no_room_and_count_towards_no_cap() -> None:
    posting = imported()
    assert (posting.after.lots, posting.months, posting.after.earned) == ({202703: 500}, (), {})
    assert {(leg.account, leg.amount) for leg in posting.legs} == {("wallet", 500), ("imported", -500)}


@pytest.mark.parametrize(
    ("program", "wallet", "code"),
    [
        (replace(PROGRAM, status="paused"), WALLET, "program_paused"),
        (replace(PROGRAM, status="draft"), WALLET, "program_not_started"),
        (replace(PROGRAM, status="retired"), WALLET, "program_ended"),
        (PROGRAM, replace(WALLET, status="frozen"), "wallet_not_active"),
        (PROGRAM, replace(WALLET, lots={202703: 10**15}), "balance_limit_exceeded"),
    ],
)
def test_an_import_is_refused_where_an_issue_is(program: Program, wallet: Wallet, code: str) -> None:
    refusal = customer_coins.decide_import(wallet, program, NOW, coins=5)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    late = customer_coins.decide_import(WALLET, PROGRAM, NOW, coins=5, expires=202610)
    assert isinstance(late, Refusal)
    assert late.code == "coins_expired"


def test_a_reversed_import_takes_its_own_coins_and_no_room_from_anybody() -> None:
    given = imported()
    earned = customer_coins.decide_issue(given.after, PROGRAM, Merchant(OWNER, 0), NOW, coins=70, bill=None)
    assert isinstance(earned, Posting)
    undone = customer_coins.decide_reversal(earned.after, PROGRAM, original(given), NOW)
    assert isinstance(undone, Posting)
    assert (undone.kind, undone.amount, undone.months) == ("reverse_import", 500, ())
    assert undone.after.lots == {202711: 70}
    assert undone.after.earned == {OWNER: 70}, "what was earned today stays counted"


def test_a_prefunded_program_is_paid_for_imported_coins_and_gets_it_back() -> None:
    program = replace(PROGRAM, funding="prefunded")
    posting = imported(program=program)
    line = prefunding.float_line(program, OWNER, "live", posting)
    assert line is not None
    assert (line.kind, line.change) == ("issue", -500)
    undone = customer_coins.decide_reversal(posting.after, program, original(posting), NOW)
    assert isinstance(undone, Posting)
    back = prefunding.float_line(program, OWNER, "live", undone)
    assert back is not None
    assert back.change == 500


def test_an_imported_wallet_is_whole_when_it_is_replayed() -> None:
    scope, entries, wallet, undone = keys.scope("live", OWNER), [], WALLET, {}
    for name, posting in (("i", imported()), ("r", None)):
        made = posting or customer_coins.decide_reversal(wallet, PROGRAM, original(imported()), NOW, coins=200)
        assert isinstance(made, Posting)
        id = ids.derived_id("txn", name)
        item = entry_item(scope, id, made, Origin("usr", "127.0.0.1", OWNER), b"", 20261128, 202611)
        wallet = replace(made.after, last_hash=item["hash"])
        key = keys.transaction_key(scope, id)
        entries.append({"pk": key.pk, "sk": key.sk, **item})
        if made.original:
            undone[made.original.id] = made.original.reversed
    item = {name: value for name, value in wallet_item(scope, wallet).items() if value is not None}
    records = CoinRecords(tuple(entries), {wallet.id: item}, reversals=undone)
    assert replay.replay_scope(scope, records) == []
    forged = [{**entries[0], "amt": 499}, entries[1]]
    assert replay.replay_wallet(scope, wallet.id, replace(records, entries=tuple(forged)))
