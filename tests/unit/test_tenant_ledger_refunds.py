"""Refunds in the tenants' ledger, and transactions that are read whole."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from batua import observe
from batua.ledger.decisions import tenant_money
from batua.ledger.decisions.charges import charge_line, decide_charge
from batua.ledger.decisions.tenant_money import FundsDecision, FundsOriginal, FundsState
from batua.ledger.errors import PostingRefused
from batua.ledger.model import InvariantBroken, Refusal
from batua.ledger.posting.tenant_money import FundsTransaction, funds_transaction_from
from batua.store import keys
from batua.store.codec import decode
from batua.store.writes import Put
from tests.unit.office_fixtures import (
    GRAIN,
    MONEY,
    NOTE,
    NOW,
    SHOP,
    Office,
    approving,
    debiting,
    office,  # noqa: F401 - fixtures
    order,
)

# Refunds


def test_refunds_never_exceed_the_original_though_what_was_read_of_it_is_old(office: Office) -> None:
    id = office.post("d", debiting(80)).id
    transaction = office.tenant_ledger.transaction(MONEY.scope, id)
    assert transaction is not None
    original = office.tenant_ledger.load_original(transaction)

    def refund(key: str, amount: int) -> Any:
        return office.post(key, lambda known: tenant_money.decide_refund(known, original, NOW, amount=amount))

    refund("r1", 50)
    refund("r2", 20)
    with pytest.raises(PostingRefused) as refused:
        refund("r3", 11)
    assert refused.value.refusal == Refusal("reversal_exceeds_original", {"original": 80, "left": 10})
    refund("r4", 10)
    assert office.free() == 100
    again = office.tenant_ledger.transaction(MONEY.scope, id)
    assert again is not None
    assert (again.reversed, len(again.entries), again.own) == (80, 1, True)
    assert office.sound()


def test_what_is_undone_is_what_the_table_says_and_nothing_where_it_says_nothing(office: Office) -> None:
    id = office.post("d", debiting(80)).id
    transaction = office.tenant_ledger.transaction(MONEY.scope, id)
    assert transaction is not None
    assert FundsTransaction(transaction.entries) == transaction
    mistaken = replace(office.tenant_ledger.load_original(transaction), reversed=50)
    office.post("r", lambda known: tenant_money.decide_refund(known, mistaken, NOW, amount=10))
    again = office.tenant_ledger.transaction(MONEY.scope, id)
    assert again is not None
    assert again.reversed == 10


def test_a_transfer_is_read_whole_from_the_books_of_both(office: Office) -> None:
    id = office.post("t", lambda known: tenant_money.decide_transfer(known, MONEY, GRAIN, 70, NOW)).id
    mine, theirs = (office.tenant_ledger.transaction(wallet.scope, id) for wallet in (MONEY, GRAIN))
    assert mine is not None
    assert theirs is not None
    assert (mine.own, theirs.own) == (True, False)
    whole = office.tenant_ledger.load_original(mine)
    lines = tenant_money.decide_transfer(FundsState(), MONEY, GRAIN, 70, NOW).lines  # type: ignore[union-attr]
    assert whole == FundsOriginal(id, "transfer", 70, lines, 0)
    assert mine.reversed == 0
    office.post("r", lambda known: tenant_money.decide_refund(known, whole, NOW))
    assert (office.free(), office.free(GRAIN)) == (100, 0)
    assert office.sound()


def test_charges_are_whole_by_themselves_and_in_their_order(office: Office) -> None:
    lines = [charge_line(MONEY, n, credit=False, details={"n": n}) for n in (5, 6, 7)]
    id = office.post("c", lambda known: decide_charge(known, lines, NOW, reference="order-1")).id
    transaction = office.tenant_ledger.transaction(MONEY.scope, id)
    assert transaction is not None
    before = len(office.client.asked)
    assert office.tenant_ledger.load_original(transaction) == FundsOriginal(id, "charge", 18, tuple(lines))
    assert len(office.client.asked) == before


def test_a_transaction_whose_lines_are_missing_is_a_fault_of_ours(office: Office) -> None:
    id = office.post("t", lambda known: tenant_money.decide_transfer(known, MONEY, GRAIN, 70, NOW)).id
    mine = office.tenant_ledger.transaction(MONEY.scope, id)
    assert mine is not None
    other = keys.funds_line_key(GRAIN.scope, id, 1)
    del office.client.inner.items["ledger", other.pk, other.sk]
    with pytest.raises(InvariantBroken):
        office.tenant_ledger.load_original(mine)
    lines = [charge_line(MONEY, n, credit=False, details={}) for n in (5, 6)]
    id = office.post("c", lambda known: decide_charge(known, lines, NOW, reference="order-1")).id
    charged = office.tenant_ledger.transaction(MONEY.scope, id)
    assert charged is not None
    with pytest.raises(InvariantBroken):
        office.tenant_ledger.load_original(FundsTransaction(charged.entries[:1]))


def test_a_transaction_is_read_strongly_and_a_refusal_is_none(office: Office) -> None:
    with pytest.raises(PostingRefused):
        office.post("k", debiting(101))
    assert office.tenant_ledger.transaction(MONEY.scope, order("k").id) is None
    name, request = office.client.asked[-1]
    assert (name, request["TableName"], request["ConsistentRead"]) == ("query", "ledger", True)
    assert {":v1": {"S": "FUNDS"}}.items() <= request["ExpressionAttributeValues"].items()
    assert funds_transaction_from([]) is None


def test_the_line_beside_a_coin_transaction_is_no_transaction_of_the_tenants_own(office: Office) -> None:
    id = office.post("d", debiting(5)).id
    place = keys.funds_line_key(MONEY.scope, id)
    record = decode(office.client.inner.items["ledger", place.pk, place.sk])
    bare = funds_transaction_from([{name: value for name, value in record.items() if name != "fp"}])
    assert bare is not None
    assert not bare.own
    second = funds_transaction_from([{**record, "g1s": record["g1s"][:-2] + "01"}])
    assert second is not None
    assert not second.own


def test_lines_are_put_into_their_order(office: Office) -> None:
    lines = [charge_line(MONEY, n, credit=False, details={}) for n in (5, 6, 7)]
    id = office.post("c", lambda known: decide_charge(known, lines, NOW, reference="order-1")).id
    records = [
        decode(item)
        for place, item in office.client.inner.items.items()
        if place[1] == keys.funds_transaction_partition(MONEY.scope, id)
    ]
    made = funds_transaction_from(records[::-1])
    assert made is not None
    assert [entry.number for entry in made.entries] == [0, 1, 2]
    assert office.tenant_ledger.load_original(FundsTransaction(made.entries)).lines == tuple(lines)


def test_wallets_that_were_handed_over_in_part_are_read_together_before_a_refusal(office: Office) -> None:
    office.credit(60, stars := tenant_money.tenant_wallet("live", SHOP, "prg_1"))
    lines = [charge_line(one, amount, credit=False, details={}) for one, amount in ((MONEY, 101), (stars, 60))]
    seen: list[FundsState] = []

    def decide(known: FundsState) -> FundsDecision:
        seen.append(known)
        return decide_charge(known, lines, NOW, reference="order-1")

    with pytest.raises(PostingRefused):
        office.post("k", decide)
    assert [set(known.funds) for known in seen] == [set(), {MONEY.id}, {MONEY.id, stars.id}]
    assert seen[-1].funds[stars.id] == tenant_money.FundsBalance(60)


def test_a_record_beside_is_not_read_as_a_wallet(office: Office) -> None:
    office.client.asked.clear()
    office.store.write(Put(NOTE, {"st": "open"}))
    with pytest.raises(PostingRefused):
        office.post("k", debiting(101), extra_writes=[approving()])
    assert "batch_get_item" not in [name for name, _ in office.client.asked]


def test_a_conflict_at_a_tenants_wallet_is_none_at_a_shard(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    metrics: list[dict[str, int]] = []
    monkeypatch.setattr(observe, "tally", lambda **counts: metrics.append(counts))
    office.client.plan = iter(["conflict"])
    office.post("k", debiting(10))
    assert metrics == [{"PostingsContended": 1}]
