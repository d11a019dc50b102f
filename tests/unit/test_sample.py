"""The hourly sample of wallets (functions/operations/verify_wallets.py): whom it finds, and what it says of them."""

from __future__ import annotations

import pytest

from batua import ids
from batua.ledger.model import Wallet
from batua.operations.verification_sample import verify_sample
from batua.store import keys
from batua.store.writes import Update
from tests.unit.posting_fixtures import SCOPE, Counter


def wallets(counter: Counter, count: int) -> list[Wallet]:
    made = [Wallet(ids.derived_id("wal", str(n)), ids.derived_id("cust", str(n))) for n in range(count)]
    for number, wallet in enumerate(made):
        counter.issue(f"issue-{number}", 10, wallet=wallet)
    return made


def test_every_wallet_is_verified_once_where_the_sample_is_large_enough() -> None:
    counter = Counter()
    wallets(counter, 7)
    found = verify_sample(counter.store, 100)
    assert (found.verified, found.skipped, found.findings) == (7, 0, [])


def test_a_sample_is_no_larger_than_asked() -> None:
    counter = Counter()
    wallets(counter, 7)
    assert verify_sample(counter.store, 3).verified == 3


def test_a_sample_begins_at_a_place_chosen_by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    counter, begun = Counter(), []
    scan = counter.store.scan
    monkeypatch.setattr(counter.store, "scan", lambda *of, after, **more: begun.append(after) or scan(*of, **more))
    for _ in range(3):
        verify_sample(counter.store, 1)
    assert len({place["pk"] for place in begun if place}) == 3


@pytest.mark.parametrize("page", [1, 2, 1000])
def test_a_wallet_that_does_not_add_up_is_found_whatever_the_pages(page: int) -> None:
    counter = Counter()
    broken = wallets(counter, 5)[3]
    counter.client.inner.page = page
    counter.store.write(Update(keys.wallet_key(SCOPE, broken.id), add={"bal": 1}))
    found = verify_sample(counter.store, 100)
    assert found.verified == 5
    assert {finding.subject for finding in found.findings} == {broken.id}


def test_no_wallet_is_begun_without_time_for_it() -> None:
    counter = Counter()
    wallets(counter, 5)
    left = iter([True, True, False])
    assert verify_sample(counter.store, 100, lambda: next(left)).verified == 2


def test_a_wallet_that_cannot_be_read_now_does_not_hide_the_others() -> None:
    counter = Counter()
    wallets(counter, 5)
    counter.client.plan = iter(["none", "lost_before"])
    found = verify_sample(counter.store, 100)
    assert (found.verified, found.skipped) == (4, 1)


def test_a_sandbox_is_nobodys_money() -> None:
    counter = Counter()
    counter.store.write(
        Update(keys.wallet_key(keys.scope("test", ids.new_id("ten")), ids.new_id("wal")), add={"bal": 1})
    )
    assert verify_sample(counter.store, 100).verified == 0


def test_an_empty_ledger_is_read_twice_at_most() -> None:
    counter = Counter()
    counter.calls()
    assert verify_sample(counter.store, 100).verified == 0
    assert counter.calls() == ["Scan", "Scan"]
