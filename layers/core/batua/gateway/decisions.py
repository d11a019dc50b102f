"""The parent decides a balance request, unless its child withdraws it. Either is final at once, and carried out then.

Approving holds the parent's balance in one transaction with the decision: neither is there without the other. Then the
hold is captured to the child and the workflow's wait ends. What can't be captured at once the workflow settles; where
not even its wait could be ended, a sweep does it within half an hour.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from .. import clock, errors, ids, observe, workflows
from ..api.endpoint import Call
from ..api.request import Request
from ..api.styles import Reply, replay_headers
from ..identity.credentials import Claims
from ..ledger.decisions import tenant_money
from ..ledger.decisions.tenant_money import FundsState, tenant_wallet
from ..ledger.errors import PostingRefused, PreconditionFailed
from ..ledger.posting.tenant_money import funds_request
from ..ledger.records.tenant_money import loaded_balances
from ..store import gateway_keys, keys
from ..store.keys import Key
from ..store.store import Cancelled, Contended, Store
from ..store.writes import Condition, Update
from . import wallet
from .models import Approve, BalanceRequestOut, Reject, Withdraw
from .requests import (
    BalanceRequest,
    balance_request_out,
    find_party_request,
    find_request,
    read_balance_request,
    request_changes,
)
from .settlement import settle_request

DECISION_ERRORS = (errors.BALANCE_REQUEST_NOT_FOUND, errors.BALANCE_REQUEST_DECIDED, errors.IDEMPOTENCY_KEY_REUSED)
APPROVE_ERRORS = (*DECISION_ERRORS, errors.INSUFFICIENT_BALANCE, errors.WALLET_NOT_ACTIVE)
HOLD_MS: Final = 30 * clock.DAY_MS
"""How long an approval holds the parent's balance: far longer than settling can take."""
_SETTLE_SECONDS: Final = 3.0
"""How long an approval tries to settle at once, while its caller waits; the workflow has longer."""
_DECIDED: Final = "BalanceRequestDecided"
"""The error that takes the state machine from its wait to settling."""
PENDING: Final = Condition(equal={"st": "PENDING"})


@dataclass(frozen=True, slots=True)
class BalanceRequestLookup:
    """The request to decide, and the parent's wallet. Of another parent's request nothing is found here."""

    request: Key
    wallet: Key

    @property
    def keys(self) -> list[Key]:
        return [self.request, self.wallet]


def prefetch_balance_request(claims: Claims, body: Any, request: Request) -> BalanceRequestLookup:
    id = request.path["requestId"]
    if not ids.is_id(id, "breq"):
        raise errors.BALANCE_REQUEST_NOT_FOUND()
    scope = keys.scope(claims.mode, claims.tenant)
    return BalanceRequestLookup(
        gateway_keys.balance_request_key(scope, id), tenant_wallet(claims.mode, claims.tenant).key
    )


def approve_request(call: Call[Approve]) -> Reply:
    """Approves the whole or a part: holds the parent's balance and records the decision, or does neither."""
    body, request = call.input, _requested(call)
    amount = request.amount if body.approved_amount is None else wallet.to_paise(body.approved_amount, "approvedAmount")
    if amount > request.amount:
        raise errors.invalid("approvedAmount", f"must not exceed the {wallet.rupees_text(request.amount)} requested")
    decision = _Decision(call, "APPROVED", body.approval_remarks, amount)
    if request.status != "PENDING":
        return decision.again(request)
    if call.now >= request.expires_at:
        raise errors.BALANCE_REQUEST_DECIDED("The balance request has expired.")
    own = wallet.gateway_wallet(call)
    order = funds_request(
        "gateway.approve",
        call.caller.mode,
        call.caller.tenant.id,
        wallet.request_origin(call, request.id),
        f"{request.id}:{decision.key}",
        {"request": request.id, "amount": amount, "remarks": body.approval_remarks},
    )
    hold = tenant_money.hold_id(order.id)
    until = call.now + HOLD_MS
    extra_writes = [decision.recorded(request, step="SETTLING", approved=amount, hold=hold), decision.act(request)]
    try:
        posted = wallet.gateway_ledger(call).post(
            order,
            lambda known: tenant_money.decide_funds_hold(known, own, amount, call.now, id=hold, expires_at=until),
            FundsState(loaded_balances(call.loaded, own)),
            extra_writes=extra_writes,
            keep_refusal=False,
        )
    except PostingRefused as refusal:
        raise wallet.gateway_problem(refusal) from None
    except PreconditionFailed as overtaken:
        return decision.again(read_balance_request(overtaken.item) if overtaken.item else _standing(call, request))
    except Cancelled:
        return decision.again(_standing(call, request))
    return decision.made(_standing(call, request), posted.replayed)


def reject_request(call: Call[Reject]) -> Reply:
    """Records that the request is rejected, and why."""
    request = _requested(call)
    decision = _Decision(call, "REJECTED", call.input.remarks, None)
    if request.status != "PENDING":
        return decision.again(request)
    return decision.close(request)


def withdraw_request(call: Call[Withdraw]) -> Reply:
    """The child takes its request back while nobody has decided it. Only one of this and a decision counts."""
    request = find_party_request(call, call.path["requestId"])
    if request is None:
        raise errors.BALANCE_REQUEST_NOT_FOUND()
    if request.child != call.caller.tenant.id:
        raise errors.FORBIDDEN("Only the tenant that made a balance request can withdraw it. Reject it instead.")
    decision = _Decision(call, "WITHDRAWN", call.input.remarks, None)
    if request.status != "PENDING":
        return decision.again(request)
    return decision.close(request)


_ACTS: Final = {"APPROVED": "approve", "REJECTED": "reject", "WITHDRAWN": "withdraw"}


@dataclass(slots=True)
class _Decision:
    """What this call makes of a request. `key` tells it from everything else that is decided on the same request."""

    call: Call[Any]
    status: str
    remarks: str | None
    amount: int | None
    id: str = ""
    key: str = ""

    def __post_init__(self) -> None:
        self.id = ids.new_id("req", self.call.now)
        given = self.call.idempotency_key
        # The child's keys are its own: one that the parent used for a decision is another.
        whose = "withdraw:key" if self.status == "WITHDRAWN" else "key"
        self.key = f"{whose}:{given}" if given is not None else self.id

    def recorded(self, request: BalanceRequest, **more: Any) -> Update:
        fields = request_changes(
            status=self.status,
            decided_by=self.call.caller.id,
            decided_at=self.call.now,
            updated_at=self.call.now,
            decision_key=self.key,
            decision_remarks=self.remarks,
            **more,
        )
        return Update(request.key, set=fields, when=PENDING)

    def act(self, request: BalanceRequest) -> Any:
        what = f"gateway.{_ACTS[self.status]}"
        return wallet.gateway_audit_entry(self.call, what, request.id, amount=self.amount, child=request.child)

    def close(self, request: BalanceRequest) -> Reply:
        """Ends the request without any value moving, unless it has been decided meanwhile."""
        writes = [self.recorded(request, step="CLOSED"), self.act(request)]
        for _ in range(5):
            try:
                self.call.store.commit(writes, caller=self.id)
            except Cancelled:
                return self.again(_standing(self.call, request))
            except Contended:
                self.call.store.sleep(0.05)
            else:
                return self.made(_standing(self.call, request), replayed=False)
        raise errors.BUSY(headers={"Retry-After": "1"})

    def again(self, request: BalanceRequest) -> Reply:
        """The answer where the request was decided before: the same to the same decision under the same key."""
        if request.decision_key != self.key:
            raise errors.BALANCE_REQUEST_DECIDED(figures={"status": request.status})
        status = "APPROVED" if request.approved is not None else request.status
        if (status, request.decision_remarks, request.approved) != (self.status, self.remarks, self.amount):
            raise errors.IDEMPOTENCY_KEY_REUSED()
        return self.made(request, replayed=True)

    def made(self, request: BalanceRequest, replayed: bool) -> Reply:
        if request.decision_key != self.key:
            raise errors.BALANCE_REQUEST_DECIDED(figures={"status": request.status})
        settle_or_leave(self.call.store, request, self.call.now)
        part = request.approved is not None and request.approved < request.amount
        how = request.status.lower() if request.approved is None else "partial approved" if part else "full approved"
        return Reply(_as_decided(request), f"Balance request {how} successfully", headers=replay_headers(replayed))


def _as_decided(request: BalanceRequest) -> BalanceRequestOut:
    """The request as it was right after the decision, so that a replay says what was said first."""
    approved = request.approved is not None
    return balance_request_out(
        replace(
            request,
            status="APPROVED" if approved else request.status,
            step="SETTLING" if approved else "CLOSED",
            updated_at=request.decided_at or request.updated_at,
            settled_at=None,
            settlement=None,
            failure=None,
        )
    )


def settle_or_leave(store: Store, request: BalanceRequest, now: int) -> None:
    """Settles what was approved, and ends the workflow's wait. The decision stands whatever becomes of that."""
    settled = True
    if request.step == "SETTLING":
        try:
            settle_request(store, request, now, deadline=_SETTLE_SECONDS)
        except Exception as fault:
            settled = False
            about = {"request": request.id, "why": f"{type(fault).__name__}: {fault}"}
            observe.log().info("a balance request is left to its workflow", extra=about)
    end_wait(request, settled)


def end_wait(request: BalanceRequest, settled: bool) -> None:
    """Ends the workflow's wait: for good, or so that it settles. It looks at the record by itself where that fails."""
    if request.token is None:
        return  # it finds the decision when it begins to wait
    with suppress(BotoCoreError, ClientError):
        if settled:
            workflows.resume_execution(request.token)
        else:
            workflows.fail_task(request.token, _DECIDED)


def _requested(call: Call[Any]) -> BalanceRequest:
    record = call.loaded[call.lookup.request]
    if record is None:
        raise _none_to_decide(call)
    return read_balance_request(record)


def _none_to_decide(call: Call[Any]) -> Exception:
    """The child that made the request sees it in its own list, so it learns why it can't decide; others get 404."""
    tenant = call.caller.tenant
    asked = tenant.parent and find_request(
        call.store, keys.scope(call.caller.mode, tenant.parent), call.request.path["requestId"]
    )
    if asked and asked.child == tenant.id:
        return errors.FORBIDDEN("Only the parent can decide a balance request.")
    return errors.BALANCE_REQUEST_NOT_FOUND()


def _standing(call: Call[Any], request: BalanceRequest) -> BalanceRequest:
    """The request as it is now, with the token that the workflow may have left meanwhile."""
    return find_request(call.store, request.scope, request.id) or request
