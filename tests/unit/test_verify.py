"""The verifier finds every way in which a record can differ from its entries, and nothing in a ledger that is whole."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from batua import clock, ids
from batua.audit import verify
from batua.ledger.decisions import customer_coins
from batua.ledger.model import CoinDecision, MirPolicy, Origin, Program, Wallet
from batua.ledger.posting.customer_coins import PostingService
from batua.ledger.posting.request import PostingRequest, PostingState
from batua.ledger.queries import coin_entries
from batua.ledger.records.customer_coins import read_entry, read_hold, read_wallet
from batua.ledger.records.shared import entry_hash
from batua.store import keys
from batua.store.codec import decode, encode
from batua.store.store import Contended, Store
from tests.fakes.dynamodb import FakeDynamoDB

OWNER, SHOP = ids.derived_id("ten", "owner"), ids.derived_id("ten", "shop")
SCOPE = keys.scope("live", OWNER)
PROGRAM = Program("prg", OWNER, "p", "network", "Asia/Kolkata", mir=MirPolicy(), expiry_months=1, reversal="negative")
MERCHANT = customer_coins.Merchant(SHOP, 0)
WALLET = ids.derived_id("wal", "a")
OPEN, DONE = ids.derived_id("hold", "open"), ids.derived_id("hold", "done")
START = clock.parse_iso("2026-11-21T09:30:00Z")
BEFORE = "2026-11-21"
"""Nothing here has passed through the stream, so no day is over that could be compared with the totals."""

Record = dict[str, Any]


class Table:
    """A small ledger with every kind of entry in it, and a hand to tamper with it."""

    def __init__(self) -> None:
        self.client = FakeDynamoDB(page=4)
        self.slept: list[float] = []
        self.store = Store(self.client, "ledger", "directory", sleep=self.slept.append)
        self.now = START
        issued = self.post("issue", lambda s: self.issue(s, 100))
        redeemed = self.post(
            "redeem", lambda s: customer_coins.decide_redemption(s.wallet, PROGRAM, MERCHANT, s.now, coins=30)
        )
        self.now = clock.parse_iso("2026-12-05T00:00:00Z")
        self.post("issue", lambda s: self.issue(s, 40))
        for id in (OPEN, DONE):
            self.post("hold", lambda s, id=id: self.hold(s, id))
        self.post("capture", self.capture)
        self.now = clock.parse_iso("2027-01-02T00:00:00Z")
        self.post("expire", lambda s: customer_coins.decide_expiry(s.wallet, PROGRAM, s.now))
        self.reverse(redeemed, 12)
        self.reverse(issued, 90)
        self.reverse(redeemed, 3)

    def post(self, operation: str, decided: Callable[[PostingState], CoinDecision], **more: Any) -> str:
        key = keys.wallet_key(SCOPE, WALLET)
        record = self.store.read([key])[key]
        wallet = read_wallet(record) if record else Wallet(WALLET, ids.derived_id("cust", "a"))
        order = PostingRequest(operation, "live", SCOPE, Origin("key", "::1", SHOP), None, {})
        self.now += 1000
        return PostingService(self.store, PROGRAM).post(order, PostingState(wallet, self.now, **more), decided).entry.id

    def issue(self, s: PostingState, coins: int) -> CoinDecision:
        return customer_coins.decide_issue(s.wallet, PROGRAM, MERCHANT, s.now, coins=coins, bill=None)

    def hold(self, s: PostingState, id: str) -> CoinDecision:
        return customer_coins.decide_hold(
            s.wallet, PROGRAM, MERCHANT, s.now, id=id, coins=20, expires_at=START + 10**10
        )

    def capture(self, s: PostingState) -> CoinDecision:
        key = keys.hold_key(SCOPE, DONE)
        held = read_hold(self.store.read([key])[key] or {})
        return customer_coins.decide_capture(s.wallet, PROGRAM, MERCHANT, held, s.now, coins=15)

    def reverse(self, id: str, coins: int) -> None:
        record, undone = coin_entries.find_transaction(self.store, SCOPE, id)
        assert record is not None
        original = coin_entries.original_from(read_entry(record), undone)
        self.post(
            "reverse",
            lambda s: customer_coins.decide_reversal(s.wallet, PROGRAM, s.original or original, s.now, coins=coins),
            original=original,
        )

    def entries(self) -> list[Record]:
        listed = self.store.query_all("ledger", keys.wallet_partition(SCOPE, WALLET), index="statement")
        return [dict(record) for record in listed]

    def put(self, record: Record) -> None:
        self.client.items["ledger", record["pk"], record["sk"]] = encode(record)

    def drop(self, record: Record) -> None:
        del self.client.items["ledger", record["pk"], record["sk"]]

    def item(self, key: keys.Key) -> Record:
        return decode(self.client.items[tuple(key)])

    def wallet_invariants(self) -> set[str]:
        return {finding.invariant for finding in verify.verify_wallet(self.store, SCOPE, WALLET).findings}

    def invariants(self) -> set[str]:
        return {finding.invariant for finding in verify.verify_scope(self.store, SCOPE).findings}


@pytest.fixture
def table() -> Table:
    return Table()


def test_a_ledger_that_is_whole_has_no_findings(table: Table) -> None:
    report = verify.verify_scope(table.store, SCOPE)
    assert report.findings == []
    assert (report.wallets, report.entries) == (1, 10)
    assert sum(report.totals.values()) == 0
    assert verify.verify_wallet(table.store, SCOPE, WALLET).findings == []
    assert table.slept == []


def test_every_kind_of_entry_is_among_them(table: Table) -> None:
    kinds = {record["kind"] for record in table.entries()}
    assert kinds == {"issue", "redeem", "hold", "capture", "expire", "reverse_issue", "reverse_redeem"}


@pytest.mark.parametrize("place", range(10))
def test_an_entry_that_was_changed_is_found_whatever_was_changed(table: Table, place: int) -> None:
    entry = table.entries()[place]
    for name in entry.keys() - {"pk", "sk", "g1p", "g1s", "g2s", "kind"}:
        changed = entry[name]
        changed = changed + 1 if isinstance(changed, int) else b"x" if isinstance(changed, bytes) else "x"
        table.put({**entry, name: changed})
        assert table.invariants(), name
        table.put(entry)
    assert not table.invariants()


@pytest.mark.parametrize("place", range(10))
def test_an_entry_that_is_gone_is_found(table: Table, place: int) -> None:
    entry = table.entries()[place]
    table.drop(entry)
    invariants = table.wallet_invariants()
    assert "numbers have no gaps" in invariants or "the wallet's number is its last entry's" in invariants


def test_a_forged_entry_that_is_sealed_anew_breaks_the_chain_after_it(table: Table) -> None:
    entry = table.entries()[1]
    forged = {**entry, "ref": "another bill"}
    table.put({**forged, "hash": entry_hash(entry["pk"].rpartition("#")[2], forged)})
    assert table.wallet_invariants() == {"the chain of hashes is whole"}


def test_a_last_entry_that_is_sealed_anew_differs_from_the_wallets_hash(table: Table) -> None:
    entry = table.entries()[-1]
    forged = {**entry, "ref": "another bill"}
    table.put({**forged, "hash": entry_hash(entry["pk"].rpartition("#")[2], forged)})
    assert table.wallet_invariants() == {"the wallet's hash is its last entry's"}


def test_legs_that_do_not_add_up_are_found_though_everything_is_sealed(table: Table) -> None:
    entry = table.entries()[-1]
    forged = {**entry, "legs": [*entry["legs"], ["mint", 5]]}
    table.put({**forged, "hash": entry_hash(entry["pk"].rpartition("#")[2], forged)})
    assert {"legs add up to zero", "all legs add up to zero"} <= table.invariants()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lots", {"202701": 1}),
        ("held", 0),
        ("debt", 1),
        ("seq", 9),
        ("hash", b"x"),
        ("at", 1),
        ("open", 1),
        ("cust", "cust_x"),
        ("earn", {SHOP: 5}),
        ("qual", {"202611": 5}),
        ("g3p", f"{SCOPE}#X#202601"),
        ("surplus", 1),
    ],
)
def test_a_wallet_that_says_something_else_than_its_entries_is_found(table: Table, name: str, value: Any) -> None:
    wallet = table.item(keys.wallet_key(SCOPE, WALLET))
    table.put({**wallet, name: value})
    assert table.wallet_invariants()
    table.put(wallet)
    assert not table.wallet_invariants()


def test_a_wallet_that_is_gone_is_found(table: Table) -> None:
    table.drop(table.item(keys.wallet_key(SCOPE, WALLET)))
    assert table.wallet_invariants() == {"a wallet with entries stands"}


@pytest.mark.parametrize(
    ("name", "value"), [("st", "voided"), ("amt", 21), ("lots", {}), ("wal", "wal_x"), ("cap", 3), ("g3p", "x")]
)
def test_a_hold_that_says_something_else_than_its_entries_is_found(table: Table, name: str, value: Any) -> None:
    hold = table.item(keys.hold_key(SCOPE, OPEN))
    table.put({**hold, name: value})
    assert table.wallet_invariants()
    table.drop(hold)
    assert table.wallet_invariants() == {"a hold stands"}


def test_a_sum_of_reversals_that_is_wrong_or_gone_or_of_nothing_is_found(table: Table) -> None:
    original = next(record["orig"] for record in table.entries() if "orig" in record)
    undone = table.item(keys.reversed_sum_key(SCOPE, original))
    table.put({**undone, "sum": undone["sum"] - 1})
    assert table.wallet_invariants() == {"the sum of its reversals is on record"}
    table.drop(undone)
    assert table.wallet_invariants() == {"the sum of its reversals is on record"}
    table.put(undone)
    table.put({**undone, "pk": keys.reversed_sum_key(SCOPE, ids.new_id("txn")).pk})
    assert table.invariants() == {"an entry speaks of it"}


def test_a_month_that_is_not_the_sum_of_its_entries_is_found(table: Table) -> None:
    month = table.item(keys.month_key(SCOPE, SHOP, 0, 202612))
    assert (month["issued"], month["redeemed"]) == (40, 15)
    table.put({**month, "issued": 41})
    assert table.invariants() == {"issued in 202612, shard 0, is the sum of the entries"}
    table.put({**month, "pk": keys.month_key(SCOPE, SHOP, 1, 202612).pk})
    assert "redeemed in 202612, shard 1, is the sum of the entries" in table.invariants()


def test_a_shard_that_the_month_does_not_know_of_is_found(table: Table) -> None:
    table.put({"pk": keys.month_key(SCOPE, SHOP, 3, 202612).pk, "sk": "MIR#202612", "room": 0, "open": True})
    assert table.invariants() == {"shard 3 of 202612 is one of those that shard 0 knows of"}
    month = table.item(keys.month_key(SCOPE, SHOP, 0, 202612))
    table.put({**month, "reach": 4})
    assert table.invariants() == set()


def test_a_shard_below_zero_is_found_unless_it_is_the_only_one_in_use(table: Table) -> None:
    invariant = "no shard of 202612 is below zero while others are open"
    month = {**table.item(keys.month_key(SCOPE, SHOP, 0, 202612)), "reach": 2}
    other = {"pk": keys.month_key(SCOPE, SHOP, 1, 202612).pk, "sk": "MIR#202612", "room": 0}
    table.put({**month, "room": -100})
    table.put(other)
    assert table.invariants() == set()
    table.put({**other, "open": True})
    assert table.invariants() == {invariant}
    table.put(month)
    table.put({**other, "room": -100})
    assert table.invariants() == {invariant}


def test_coins_in_a_wallet_that_no_entry_gave_are_found(table: Table) -> None:
    wallet = table.item(keys.wallet_key(SCOPE, WALLET))
    table.put({**wallet, "held": wallet["held"] + 1})
    assert "all wallets' `held` is the sum of the legs" in table.invariants()


def test_a_stray_wallet_without_entries_is_found(table: Table) -> None:
    wallet = table.item(keys.wallet_key(SCOPE, WALLET))
    table.put({**wallet, "pk": keys.wallet_key(SCOPE, ids.new_id("wal")).pk})
    assert "the wallet's number is its last entry's" in table.invariants()


def test_other_scopes_are_none_of_its_business(table: Table) -> None:
    wallet = table.item(keys.wallet_key(SCOPE, WALLET))
    table.put({**wallet, "pk": wallet["pk"].replace("L#", "T#")})
    assert not table.invariants()


def test_an_index_that_lags_is_waited_for(table: Table) -> None:
    query, missing = table.client.query, [2, 1]

    def lagging(**request: Any) -> Record:
        answer = query(**request)
        if missing and answer["Items"] and "LastEvaluatedKey" not in answer:
            answer["Items"] = answer["Items"][: -missing.pop(0)]
        return answer

    table.client.query = lagging  # type: ignore[method-assign]
    assert table.wallet_invariants() == set()
    assert len(table.slept) == 2


def test_a_customers_wallet_is_read_without_a_look_for_money_though_it_may_be_gone(table: Table) -> None:
    looks = [table.client.calls.count("BatchGetItem")]
    assert not table.wallet_invariants()
    looks.append(table.client.calls.count("BatchGetItem"))
    table.drop(table.item(keys.wallet_key(SCOPE, WALLET)))
    assert table.wallet_invariants()
    looks.append(table.client.calls.count("BatchGetItem"))
    # Its entries, and what stands beside them; what is found is looked at four times.
    assert [after - before for before, after in pairwise(looks)] == [2, 2 * verify.MAX_PASSES]


# The command


def run(table: Table, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str]:
    monkeypatch.setattr(verify, "store", lambda: table.store)
    out = io.StringIO()
    return verify.verify_main(arguments, out=out), out.getvalue()


def test_the_command_says_that_nothing_was_found(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = run(table, monkeypatch, "--tenant", OWNER, "--as-of", BEFORE)
    assert code == 0
    assert f"{SCOPE}: 1 wallets, 10 entries" in said
    assert said.count("nothing found") == 2


def test_the_command_names_what_was_found_and_ends_with_one(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    wallet = table.item(keys.wallet_key(SCOPE, WALLET))
    table.put({**wallet, "at": 1})
    code, said = run(table, monkeypatch, "--scope", SCOPE, "--wallet", WALLET)
    assert code == 1
    assert f"FOUND {WALLET}: the wallet's `at`" in said
    code, said = run(table, monkeypatch, "--scope", SCOPE, "--json")
    (report,) = json.loads(said)
    assert code == 1
    assert report["findings"][0]["subject"] == WALLET
    assert report["findings"][0]["found"] == "1"


def test_the_command_ends_with_two_where_it_could_not_verify(
    table: Table, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unanswered(*_: Any) -> None:
        raise Contended("no reply came")

    monkeypatch.setattr(verify, "verify_scope", unanswered)
    assert run(table, monkeypatch, "--scope", SCOPE)[0] == 2
    assert "not verified: no reply came" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--scope", "L#x"],
        ["--scope", OWNER],
        ["--tenant", SCOPE],
        ["--scope", SCOPE, "--tenant", OWNER],
        ["--scope", SCOPE, "--wallet", "x"],
    ],
)
def test_wrong_arguments_end_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        verify.verify_main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err
