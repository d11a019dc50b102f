"""The posting path of tenants' own wallets: what goes into one transaction, what is learned, what is read back."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

from collections.abc import Sequence

import pytest

from batua import ids
from batua.ledger.decisions import tenant_money
from batua.ledger.decisions.charges import charge_line, decide_charge
from batua.ledger.decisions.tenant_money import FundsDecision, FundsHold, FundsState
from batua.ledger.errors import LedgerBusy, PostingRefused, PreconditionFailed
from batua.ledger.model import InvariantBroken, Origin, Refusal
from batua.ledger.posting.tenant_money import funds_request
from batua.ledger.records.tenant_money import funds_hold_item
from batua.store import keys
from batua.store.store import Cancelled, Reason, Store
from batua.store.writes import Put, Write
from tests.unit.office_fixtures import (
    GRAIN,
    MILL,
    MONEY,
    NOTE,
    NOW,
    SHOP,
    Decide,
    Office,
    approving,
    debiting,
    office,  # noqa: F401 - fixtures
    order,
)

# Orders


def test_an_order_stands_in_the_books_of_the_tenant_that_it_names() -> None:
    made = order("k")
    assert (made.book, made.scope) == ("funds", MONEY.scope)
    assert made.entry_key == keys.funds_line_key(MONEY.scope, made.id)
    with pytest.raises(InvariantBroken):
        funds_request("move", "live", MILL, Origin("usr", "::1", SHOP), "k", {})


def test_the_first_line_stands_in_the_books_of_the_order(office: Office) -> None:
    with pytest.raises(InvariantBroken):
        office.post("k", lambda known: tenant_money.decide_credit(known, GRAIN, 5, NOW))
    assert office.free(GRAIN) == 0


# Posting


def test_a_line_says_the_tenants_own_day(office: Office) -> None:
    entry = office.post("k", debiting(30)).entry
    assert (entry.day, entry.kind, entry.total) == (20261122, "debit", 30)
    assert office.free() == 70


def test_a_refusal_is_kept_with_its_tenant_and_time_and_given_again(office: Office) -> None:
    for replayed in (False, True):
        with pytest.raises(PostingRefused) as refused:
            office.post("k", debiting(101))
        assert refused.value.refusal == Refusal(
            "insufficient_balance", {"balance": 100, "available": 100, "requested": 101}
        )
        assert refused.value.replayed is replayed
        office.credit(500)
    place = order("k").entry_key
    record = office.store.read([place])[place] or {}
    assert (record["ten"], record["g2p"]) == (SHOP, keys.funds_refusals_partition(MONEY.scope, SHOP))
    assert record["g2s"] == f"2026-11-21T20:30:00.000Z#{order('k').id}"


def test_a_refusal_that_is_not_kept_is_decided_anew(office: Office) -> None:
    with pytest.raises(PostingRefused):
        office.post("k", debiting(101), keep_refusal=False)
    office.credit(1)
    assert not office.post("k", debiting(101), keep_refusal=False).replayed
    assert office.free() == 0


def test_what_the_table_says_of_every_wallet_is_learned(office: Office) -> None:
    office.credit(5, wallet := tenant_money.tenant_wallet("live", SHOP, "prg_1"))
    lines = [charge_line(one, amount, credit=False, details={}) for one, amount in ((MONEY, 100), (wallet, 6))]
    seen: list[FundsState] = []

    def decide(known: FundsState) -> FundsDecision:
        seen.append(known)
        return decide_charge(known, lines, NOW, reference="order-1")

    with pytest.raises(PostingRefused, match="insufficient_balance"):
        office.post("k", decide, state=FundsState({MONEY.id: tenant_money.FundsBalance(100)}))
    assert set(seen[-1].funds) == {MONEY.id, wallet.id}
    assert (office.free(), office.free(wallet)) == (100, 5)


@pytest.mark.parametrize("silent", [False, True])
def test_a_refusal_tells_what_stands_there_though_the_table_does_not_hand_it_over(office: Office, silent: bool) -> None:
    office.client.silent = silent
    office.client.asked.clear()
    with pytest.raises(PostingRefused) as refused:
        office.post("k", debiting(101))
    assert refused.value.refusal.figures == {"balance": 100, "available": 100, "requested": 101}
    read = ["batch_get_item"] if silent else []
    assert [name for name, _ in office.client.asked] == ["transact_write_items", *read, "put_item"]


def test_a_transaction_takes_a_hundred_writes_and_no_more(office: Office) -> None:
    lines = [charge_line(MONEY, 1, credit=False, details={}) for _ in range(98)]
    office.post("k", lambda known: decide_charge(known, lines, NOW, reference="order-1"))
    assert office.free() == 2
    with pytest.raises(InvariantBroken):
        office.post(
            "l",
            lambda known: decide_charge(known, lines, NOW, reference="order-1"),
            extra_writes=[Put(NOTE, {})],
        )


# Holds


def holding(key: str, amount: int = 60, expires_at: int = NOW + 1000) -> Decide:
    id = tenant_money.hold_id(order(key, "hold").id)
    return lambda known: tenant_money.decide_funds_hold(known, MONEY, amount, NOW, id=id, expires_at=expires_at)


def test_a_hold_is_found_by_the_transaction_that_made_it_and_ends_once(office: Office) -> None:
    posted = office.post("h", holding("h"), "hold")
    assert office.post("h", holding("h"), "hold").replayed
    held = office.tenant_ledger.hold(MONEY.scope, posted.id)
    assert held == FundsHold(tenant_money.hold_id(posted.id), MONEY, 60, NOW + 1000)
    assert office.tenant_ledger.hold(MONEY.scope, ids.derived_id("txn", "other")) is None
    office.post("c", lambda known: tenant_money.decide_funds_capture(known, held, NOW, amount=20))
    for ending in (tenant_money.decide_funds_capture, tenant_money.decide_funds_void):
        with pytest.raises(PostingRefused) as refused:
            office.post(ending.__name__, lambda known, ending=ending: ending(known, held, NOW))
        assert refused.value.refusal == Refusal("hold_not_open", {})
    assert office.free() == 80
    assert office.sound()


def test_a_hold_that_stands_is_not_made_again(office: Office) -> None:
    there = FundsHold(tenant_money.hold_id(order("h", "hold").id), MONEY, 7, NOW)
    place = keys.funds_hold_key(MONEY.scope, there.id)
    office.store.write(Put(place, funds_hold_item(there)))
    office.tenant_ledger.deadline = 0
    with pytest.raises(LedgerBusy):
        office.post("h", holding("h"), "hold")
    assert office.tenant_ledger.hold(MONEY.scope, order("h", "hold").id) == there
    assert office.free() == 100


def test_a_hold_that_is_gone_is_not_captured(office: Office) -> None:
    gone = FundsHold(ids.derived_id("hold", "gone"), MONEY, 5, NOW + 1)
    office.tenant_ledger.deadline = 0
    with pytest.raises(LedgerBusy):
        office.post("c", lambda known: tenant_money.decide_funds_capture(known, gone, NOW))
    assert office.free() == 100


def test_a_record_changes_with_the_money_or_neither_does(office: Office) -> None:
    office.store.write(Put(NOTE, {"st": "open"}))
    assert not office.post("k", debiting(10), extra_writes=[approving()]).replayed
    with pytest.raises(PreconditionFailed, match="r has changed") as overtaken:
        office.post("l", debiting(10), extra_writes=[approving()])
    assert overtaken.value.key == NOTE
    assert (overtaken.value.item or {})["st"] == "approved"
    assert office.free() == 90


def test_an_order_that_changed_the_record_itself_is_answered_as_it_was(office: Office) -> None:
    office.store.write(Put(NOTE, {"st": "open"}))
    first = office.post("k", debiting(10), extra_writes=[approving()])
    again = office.post("k", debiting(10), extra_writes=[approving()])
    assert (again.id, again.replayed) == (first.id, True)
    assert office.free() == 90


class OneSided(Store):
    """A table that tells of the last condition alone."""

    def commit(self, writes: Sequence[Write], *, caller: str = "") -> None:
        raise Cancelled([*(Reason("None", None) for _ in writes[:-1]), Reason("ConditionalCheckFailed", None)])


def test_its_own_first_coming_is_found_though_only_the_records_condition_is_told(office: Office) -> None:
    office.store.write(Put(NOTE, {"st": "open"}))
    first = office.post("k", debiting(10), extra_writes=[approving()])
    office.tenant_ledger.store = OneSided(office.client, "ledger", "directory")
    again = office.post("k", debiting(10), extra_writes=[approving()])
    assert (again.id, again.replayed) == (first.id, True)
    with pytest.raises(PreconditionFailed):
        office.post("l", debiting(10), extra_writes=[approving()])


def test_a_record_that_cannot_be_looked_at_is_busy(office: Office) -> None:
    office.store.write(Put(NOTE, {"st": "closed"}))
    office.client.plan = iter(["none", *["throttle"] * 9])  # type: ignore[list-item]
    with pytest.raises(LedgerBusy) as busy:
        office.post("k", debiting(10), extra_writes=[approving()])
    assert not busy.value.outcome_unknown
