"""The tasks of the workflow that carries a balance request. Each may be run any number of times.

    look -> wait for the decision -> look -> settle -> tell
                  ^_____ time is up: look again

The state machine knows the exceptions by name: `BalanceRequestBusy` is retried, `BalanceSettlementRefused` never.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from .. import audit_trail, clock, ids, workflows
from ..aws import client
from ..identity.tenant import Tenant, read_tenant
from ..ledger.decisions import tenant_money
from ..ledger.decisions.tenant_money import tenant_wallet
from ..ledger.errors import LedgerError, PostingRefused, PreconditionFailed
from ..ledger.model import Origin
from ..ledger.posting.request import PostingRequest
from ..ledger.posting.tenant_money import TenantLedger, funds_request
from ..settings import settings
from ..store import gateway_keys, keys
from ..store.store import Cancelled, ConditionFailed, Contended, Store
from ..store.writes import Condition, Update
from .decisions import PENDING
from .requests import BalanceRequest, find_request, request_changes

GIVE_UP_MS: Final = 60_000
"""How long after its start a workflow waits for its record."""
_SETTLING: Final = Condition(equal={"st": "APPROVED", "step": "SETTLING"})


class BalanceRequestBusy(Exception):
    """Others were at it, or a service did not answer."""


class BalanceSettlementRefused(Exception):
    """It can't be settled: the hold is gone, or the child can't take it. The text is the reason."""


@contextmanager
def _retrying() -> Iterator[None]:
    """What the tables did not answer is tried again: the machine knows no other name for it, and would give up."""
    try:
        yield
    except Contended as busy:
        raise BalanceRequestBusy(str(busy)) from busy


@_retrying()
def look_step(store: Store, event: dict[str, Any], now: int) -> dict[str, Any]:
    """What the record says: `state`, and for how many seconds to wait. Reminds, and ends what nobody decided."""
    request = find_request(store, event["scope"], event["request"])
    if request is None:
        # By the machine's own clock alone: a function whose clock is wrong must not give a request up.
        late = clock.parse_iso(event["entered"]) > clock.parse_iso(event["started"]) + GIVE_UP_MS
        return {"state": "GONE" if late else "ABSENT", "wait": 0}
    if request.execution != event["execution"]:
        return {"state": "GONE", "wait": 0}
    if request.status != "PENDING":
        return {"state": request.status, "wait": 0}
    if now >= request.expires_at:
        return {"state": _expired(store, request, now), "wait": 0}
    due = (request.reminded_at or request.created_at) + request.remind_every
    if now >= due:
        _remind(store, request, now)
        due = now + request.remind_every
    ahead = min(due, request.expires_at) - now
    return {"state": "PENDING", "wait": min(max(1, -(-ahead // 1000)), settings().decision_wait_seconds)}


@_retrying()
def wait_step(store: Store, event: dict[str, Any]) -> None:
    """Leaves the token by which the decision wakes the workflow; where it has been made, wakes it at once."""
    key = gateway_keys.balance_request_key(event["scope"], event["request"])
    try:
        store.write(Update(key, set=request_changes(token=event["token"]), when=PENDING))
    except ConditionFailed:
        workflows.resume_execution(event["token"])


@_retrying()
def settle_step(store: Store, event: dict[str, Any], now: int) -> dict[str, Any]:
    """Captures the hold to the child, exactly once: the request's id is the idempotency key."""
    request = _known(store, event)
    if request.step == "SETTLED":
        return {"state": "SETTLED"}
    if request.step != "SETTLING":
        raise BalanceSettlementRefused(f"the request stands at {request.step}")
    parent, child = _parties(store, request)
    if child is None or not child.active:
        raise BalanceSettlementRefused("the child tenant is not active")
    if child.parent != parent.id:
        # A move waits for open requests, but one that is made at the same moment may be missed.
        raise BalanceSettlementRefused("the child has moved to another parent")
    order = _order(request, "gateway.settle")
    tenant_ledger = TenantLedger(store, parent.time_zone, now)
    held = tenant_ledger.hold(request.scope, _transaction_of(request.hold))
    if held is None:
        raise BalanceSettlementRefused("the hold is not there")
    target = tenant_wallet(request.mode, request.child)
    done = request_changes(step="SETTLED", settled_at=now, settlement=order.id, updated_at=now)
    record = Update(request.key, set=done, when=_SETTLING)
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
    return {"state": "SETTLED"}


@_retrying()
def release_step(store: Store, event: dict[str, Any], now: int) -> dict[str, Any]:
    """Gives the held balance back, with the record and the audit trail saying why: all of it or nothing."""
    request = _known(store, event)
    if request.step != "SETTLING":
        return {"state": request.status if request.step != "SETTLED" else "SETTLED"}
    why = _reason(event.get("error") or {})
    parent, _ = _parties(store, request)
    failed = Update(
        request.key,
        set=request_changes(status="FAILED", step="RELEASED", failure=why, updated_at=now),
        when=_SETTLING,
    )
    act = audit_trail.audit_entry(
        request.mode,
        request.parent,
        now,
        what="gateway.settlement_failed",
        who="workflow",
        address="workflow",
        outcome="failed",
        reference=request.id,
        details={"why": why, "child": request.child},
    )
    tenant_ledger = TenantLedger(store, parent.time_zone, now)
    held = tenant_ledger.hold(request.scope, _transaction_of(request.hold))
    try:
        if held is None or held.state != "open":
            # Somebody has ended it: only the record is left to be mended.
            store.commit([failed, act], caller=ids.new_id("req", now))
        else:
            tenant_ledger.post(
                _order(request, "gateway.release"),
                lambda known: tenant_money.decide_funds_void(known, held, now),
                extra_writes=[failed, act],
                keep_refusal=False,
            )
    except (LedgerError, Cancelled) as busy:
        raise BalanceRequestBusy(str(busy)) from busy
    return {"state": "FAILED"}


@_retrying()
def announce_step(store: Store, event: dict[str, Any], now: int) -> dict[str, Any]:
    """Announces on the bus how the request ended. At least once: the same event may come again."""
    request = _known(store, event)
    state = "SETTLED" if request.step == "SETTLED" else request.status
    _announce(request, state.lower(), now)
    return {"state": state}


def _expired(store: Store, request: BalanceRequest, now: int) -> str:
    """Ends a request that nobody decided; where somebody has just done it, what they decided."""
    ended = request_changes(status="EXPIRED", step="CLOSED", updated_at=now)
    try:
        store.write(Update(request.key, set=ended, when=PENDING))
        return "EXPIRED"
    except ConditionFailed:
        current = find_request(store, request.scope, request.id)
        return current.status if current else "GONE"


def _remind(store: Store, request: BalanceRequest, now: int) -> None:
    """Reminds the parent that the request still waits; then the record says so. A reminder may come twice, but is never
    lost.
    """
    _announce(request, "reminder", now)
    try:
        store.write(Update(request.key, set=request_changes(reminded_at=now), when=PENDING))
    except ConditionFailed:
        return


def _announce(request: BalanceRequest, what: str, now: int) -> None:
    detail = {
        "id": f"{request.id}:{what}:{request.reminded_at or 0}",
        "request": request.id,
        "parent": request.parent,
        "child": request.child,
        "mode": request.mode,
        "at": clock.iso(now),
    }
    entry = {
        "Source": "batua.gateway",
        "DetailType": f"balance_request.{what}",
        "Detail": json.dumps(detail),
        "EventBusName": settings().event_bus,
    }
    try:
        answer = client("events").put_events(Entries=[entry])
    except (ClientError, BotoCoreError) as fault:
        raise BalanceRequestBusy(str(fault)) from fault
    if answer.get("FailedEntryCount"):
        raise BalanceRequestBusy("the bus has not taken the event")


def _known(store: Store, event: dict[str, Any]) -> BalanceRequest:
    request = find_request(store, event["scope"], event["request"])
    if request is None:
        raise BalanceSettlementRefused("there is no such request")
    return request


def _parties(store: Store, request: BalanceRequest) -> tuple[Tenant, Tenant | None]:
    parent, child = keys.tenant_key(request.parent), keys.tenant_key(request.child)
    found = store.read([parent, child])
    of_parent, of_child = found[parent], found[child]
    if of_parent is None:
        raise BalanceSettlementRefused("the parent tenant is gone")
    return read_tenant(of_parent), read_tenant(of_child) if of_child else None


def _order(request: BalanceRequest, operation: str) -> PostingRequest:
    """What the workflow posts: under the request's id, so that it is posted once. The execution is who requested it."""
    parent, why, execution = request.parent, request.decision_remarks, request.execution
    source = Origin("workflow", "workflow", parent, request.id, why, execution)
    content = {"request": request.id, "amount": request.approved}
    return funds_request(operation, request.mode, request.parent, source, request.id, content)


def _transaction_of(hold: str | None) -> str:
    return f"txn_{(hold or '').removeprefix('hold_')}"


def _reason(error: dict[str, Any]) -> str:
    """What the workflow says went wrong, in a line."""
    try:
        message = json.loads(error.get("Cause", "")).get("errorMessage", "")
    except (ValueError, AttributeError):
        message = error.get("Cause", "")
    return f"{error.get('Error', 'unknown')}: {message}"[:200]
