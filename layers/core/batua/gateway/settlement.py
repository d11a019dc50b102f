"""Settles an approved balance request: captures the hold on the parent's wallet to the child's, exactly once.

The endpoint that approves settles at once; what it could not settle the workflow settles, as often as it takes. Both
post under the request's id, on the condition that the record is still to be settled, so one of them does it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ..identity.tenant import Tenant, read_tenant
from ..ledger.decisions import tenant_money
from ..ledger.decisions.tenant_money import tenant_wallet
from ..ledger.errors import LedgerError, PostingRefused, PreconditionFailed
from ..ledger.model import Origin
from ..ledger.posting.pipeline import DEADLINE_SECONDS
from ..ledger.posting.request import PostingRequest
from ..ledger.posting.tenant_money import TenantLedger, funds_request
from ..store import keys
from ..store.store import Contended, Store
from ..store.writes import Condition, Update
from .requests import BalanceRequest, request_changes

SETTLING: Final = Condition(equal={"st": "APPROVED", "step": "SETTLING"})


class BalanceRequestBusy(Exception):
    """Others were at it, or a service did not answer."""


class BalanceSettlementRefused(Exception):
    """It can't be settled: the hold is gone, or the child can't take it. The text is the reason."""


@contextmanager
def retrying() -> Iterator[None]:
    """What the tables did not answer is tried again: the machine knows no other name for it, and would give up."""
    try:
        yield
    except Contended as busy:
        raise BalanceRequestBusy(str(busy)) from busy


@retrying()
def settle_request(store: Store, request: BalanceRequest, now: int, deadline: float = DEADLINE_SECONDS) -> None:
    """Captures the hold to the child, trying for `deadline` seconds. Settled before, nothing more happens.

    Raises BalanceRequestBusy, to be tried again, and BalanceSettlementRefused.
    """
    if request.step == "SETTLED":
        return
    if request.step != "SETTLING":
        raise BalanceSettlementRefused(f"the request stands at {request.step}")
    parent, child = parent_and_child(store, request)
    if child is None or not child.active:
        raise BalanceSettlementRefused("the child tenant is not active")
    if child.parent != parent.id:
        # A move waits for open requests, but one that is made at the same moment may be missed.
        raise BalanceSettlementRefused("the child has moved to another parent")
    order = workflow_order(request, "gateway.settle")
    tenant_ledger = TenantLedger(store, parent.time_zone, now, deadline)
    held = tenant_ledger.hold(request.scope, hold_transaction(request))
    if held is None:
        raise BalanceSettlementRefused("the hold is not there")
    target = tenant_wallet(request.mode, request.child)
    done = request_changes(step="SETTLED", settled_at=now, settlement=order.id, updated_at=now)
    record = Update(request.key, set=done, when=SETTLING)
    try:
        tenant_ledger.post(
            order,
            lambda known: tenant_money.decide_funds_capture(known, held, now, to=target),
            extra_writes=[record],
            keep_refusal=False,
        )
    except PostingRefused as refusal:
        raise BalanceSettlementRefused(refusal.refusal.code) from None
    except PreconditionFailed as overtaken:
        raise BalanceRequestBusy("the request has changed") from overtaken
    except LedgerError as busy:
        raise BalanceRequestBusy(str(busy)) from busy


def parent_and_child(store: Store, request: BalanceRequest) -> tuple[Tenant, Tenant | None]:
    """The parent and the child of a request."""
    parent, child = keys.tenant_key(request.parent), keys.tenant_key(request.child)
    found = store.read([parent, child])
    of_parent, of_child = found[parent], found[child]
    if of_parent is None:
        raise BalanceSettlementRefused("the parent tenant is gone")
    return read_tenant(of_parent), read_tenant(of_child) if of_child else None


def workflow_order(request: BalanceRequest, operation: str) -> PostingRequest:
    """What is posted for a decided request: under its id, so that it is posted once, and in its workflow's name."""
    parent, why, execution = request.parent, request.decision_remarks, request.execution
    source = Origin("workflow", "workflow", parent, request.id, why, execution)
    content = {"request": request.id, "amount": request.approved}
    return funds_request(operation, request.mode, request.parent, source, request.id, content)


def hold_transaction(request: BalanceRequest) -> str:
    """The transaction that holds the parent's balance for a request."""
    return f"txn_{(request.hold or '').removeprefix('hold_')}"
