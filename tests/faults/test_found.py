"""What the simulation found, each as a test of its own."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from botocore.exceptions import ReadTimeoutError

from batua import clock, ids, workflows
from batua.auth import deletion
from batua.errors import Problem
from batua.ledger.decisions import customer_coins, tenant_money
from batua.ledger.model import Origin, Program, Wallet
from batua.ledger.posting.customer_coins import PostingService
from batua.ledger.posting.request import PostingRequest, PostingState
from batua.ledger.posting.tenant_money import TenantLedger, funds_request
from batua.ledger.queries import coin_entries
from batua.ledger.records.customer_coins import read_wallet
from batua.prefund import execution
from batua.store import keys
from batua.store.store import Store
from tests.fakes.dynamodb import FakeDynamoDB, Wire, cancelled, failure

DELETION = deletion.Deletion(ids.new_id("del"), ids.new_id("ten"), ids.new_id("usr"), "scheduled", 0, 0)


@pytest.mark.parametrize("fault", [ReadTimeoutError(endpoint_url="x"), failure("ThrottlingException", "start")])
@pytest.mark.parametrize(
    "start",
    [lambda: execution.start_prefund(ids.new_id("pfr")), lambda: deletion._start_workflow(DELETION)],
    ids=["prefund", "deletion"],
)
def test_a_workflow_that_cannot_be_started_is_no_fault_of_ours(
    monkeypatch: pytest.MonkeyPatch, start: Callable[[], object], fault: Exception
) -> None:
    def silent(**_: str) -> None:
        raise fault

    monkeypatch.setattr(workflows, "client", lambda _: SimpleNamespace(start_execution=silent))
    with pytest.raises(Problem) as problem:
        start()
    assert problem.value.kind.code == "service_unavailable"


SHOP = ids.derived_id("ten", "shop")
SCOPE = keys.scope("live", SHOP)
NOW = clock.parse_iso("2026-11-21T09:30:00Z")


class Masking(FakeDynamoDB):
    """Where a transaction fails several conditions, the last of them is reported as a conflict, once."""

    masks = True

    def transact_write_items(self, TransactItems: list[Wire], ClientRequestToken: str) -> Wire:  # noqa: N803
        reasons = self.reasons(TransactItems)
        failed = [number for number, reason in enumerate(reasons) if reason["Code"] != "None"]
        if len(failed) > 1 and self.masks:
            self.masks = False
            reasons[failed[-1]] = {"Code": "TransactionConflict"}
            raise cancelled(reasons)
        return super().transact_write_items(TransactItems, ClientRequestToken)


def coin_order(operation: str, key: str, **content: object) -> PostingRequest:
    return PostingRequest(operation, "live", SCOPE, Origin("till", "::1", SHOP), key, content)


def test_a_reversal_is_not_refused_for_a_wallet_and_a_sum_of_two_moments() -> None:
    store = Store(FakeDynamoDB(), "ledger", "directory", sleep=lambda _: None)
    program = Program("prg", SHOP, "p", "network", "Asia/Kolkata", reversal="reject")
    wallet, merchant = Wallet(ids.derived_id("wal", "a"), ids.derived_id("cust", "a")), customer_coins.Merchant(SHOP, 0)
    desk = PostingService(store, program)
    issued = desk.post(
        coin_order("issue", "1"),
        PostingState(wallet, NOW),
        lambda s: customer_coins.decide_issue(s.wallet, program, merchant, s.now, coins=16, bill=None),
    ).entry
    stale = coin_entries.original_from(issued, 0)

    def reverse(key: str, coins: int | None) -> int:
        place = keys.wallet_key(SCOPE, wallet.id)
        record = store.read([place])[place]
        assert record is not None
        return desk.post(
            coin_order("reverse", key, coins=coins),
            PostingState(read_wallet(record), NOW, original=stale),
            lambda s: customer_coins.decide_reversal(s.wallet, program, s.original or stale, s.now, coins=coins),
        ).entry.amount

    assert reverse("2", 5) == 5
    # The sum was read before that, the wallet after it: together they say that five coins are spent.
    assert reverse("3", None) == 11


def test_a_refund_is_not_refused_for_a_wallet_and_a_sum_of_two_moments() -> None:
    store = Store(Masking(), "ledger", "directory", sleep=lambda _: None)
    tenant_ledger, wallet = TenantLedger(store, "Asia/Kolkata", NOW), tenant_money.tenant_wallet("live", SHOP)

    def order(operation: str, key: str) -> PostingRequest:
        return funds_request(operation, "live", SHOP, Origin("till", "::1", SHOP), key, {})

    paid = tenant_ledger.post(order("credit", "1"), lambda known: tenant_money.decide_credit(known, wallet, 500, NOW))
    stands = tenant_ledger.transaction(SCOPE, paid.id)
    assert stands is not None
    original = tenant_ledger.load_original(stands)
    tenant_ledger.post(order("refund", "2"), lambda known: tenant_money.decide_refund(known, original, NOW, amount=300))
    # What was undone before is masked, what is left on the wallet is not: together they say that 300 are missing.
    rest = tenant_ledger.post(order("refund", "3"), lambda known: tenant_money.decide_refund(known, original, NOW))
    assert rest.entry.total == 200
