"""The tasks of the workflow that carries a balance request. Each may be run any number of times.

    wait for the decision: the endpoint that takes it settles, and ends the execution
        it could not settle, or nobody waited yet: settle
        time is up: look, remind or expire, wait again

The state machine knows the exceptions by name: `BalanceRequestBusy` is retried, `BalanceSettlementRefused` never;
`BalanceRequestNotWritten` is retried for a minute, `BalanceRequestSuperseded` ends the execution,
`BalanceRequestDecided` goes on to settle, `BalanceRequestUndecided` looks again.
"""

from __future__ import annotations

import json
from typing import Any, Final

from .. import audit_trail, ids
from ..ledger.decisions import tenant_money
from ..ledger.errors import LedgerError
from ..ledger.posting.tenant_money import TenantLedger
from ..store import gateway_keys
from ..store.store import Cancelled, ConditionFailed, Store
from ..store.writes import Condition, Update
from .decisions import PENDING
from .requests import BalanceRequest, decision_wait, find_request, request_changes
from .settlement import (
    SETTLING,
    BalanceRequestBusy,
    BalanceSettlementRefused,
    hold_transaction,
    parent_and_child,
    retrying,
    settle_request,
    workflow_order,
)

_NOTHING_TO_SETTLE: Final = ("REJECTED", "WITHDRAWN", "EXPIRED")


class BalanceRequestNotWritten(Exception):
    """The record is written right after the start."""


class BalanceRequestSuperseded(Exception):
    """Another execution carries the request."""


class BalanceRequestDecided(Exception):
    """The decision was made before the workflow waited for it, or could not be settled by the endpoint."""


class BalanceRequestUndecided(Exception):
    """The wait ended without a decision."""


@retrying()
def look_step(store: Store, event: dict[str, Any], now: int) -> dict[str, Any]:
    """What the record says: `state`, and for how many seconds to wait. Reminds, and ends what nobody decided."""
    request = find_request(store, event["scope"], event["request"])
    if request is None or request.execution != event["execution"]:
        return {"state": "GONE", "wait": 0}
    if request.status != "PENDING":
        return {"state": request.status, "wait": 0}
    if now >= request.expires_at:
        return {"state": _expired(store, request, now), "wait": 0}
    due = (request.reminded_at or request.created_at) + request.remind_every
    if now >= due:
        _mark_reminded(store, request, now)
        due = now + request.remind_every
    return {"state": "PENDING", "wait": decision_wait(min(due, request.expires_at) - now)}


@retrying()
def wait_step(store: Store, event: dict[str, Any]) -> None:
    """Leaves the token by which the decision ends the wait. Raises what the machine goes by where there is nothing to
    wait for."""
    key = gateway_keys.balance_request_key(event["scope"], event["request"])
    own = Condition(equal={**PENDING.equal, "exec": event["execution"]})
    try:
        store.write(Update(key, set=request_changes(token=event["token"]), when=own))
        return
    except ConditionFailed:
        request = find_request(store, event["scope"], event["request"])
    if request is None:
        raise BalanceRequestNotWritten(event["request"])
    if request.execution != event["execution"]:
        raise BalanceRequestSuperseded(event["request"])
    raise BalanceRequestDecided(event["request"])


@retrying()
def settle_step(store: Store, event: dict[str, Any], now: int) -> dict[str, Any]:
    """Settles what was approved, if that has not been done. Other decisions leave nothing to do."""
    request = _load_request(store, event)
    if request.status == "PENDING":
        raise BalanceRequestUndecided(request.id)
    if request.status in _NOTHING_TO_SETTLE:
        return {"state": request.status}
    settle_request(store, request, now)
    return {"state": "SETTLED"}


@retrying()
def release_step(store: Store, event: dict[str, Any], now: int) -> dict[str, Any]:
    """Gives the held balance back, with the record and the audit trail saying why: all of it or nothing."""
    request = _load_request(store, event)
    if request.step != "SETTLING":
        return {"state": request.status if request.step != "SETTLED" else "SETTLED"}
    why = _reason(event.get("error") or {})
    parent, _ = parent_and_child(store, request)
    failed = Update(
        request.key,
        set=request_changes(status="FAILED", step="RELEASED", failure=why, updated_at=now),
        when=SETTLING,
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
    held = tenant_ledger.hold(request.scope, hold_transaction(request))
    try:
        if held is None or held.state != "open":
            # Somebody has ended it: only the record is left to be mended.
            store.commit([failed, act], caller=ids.new_id("req", now))
        else:
            tenant_ledger.post(
                workflow_order(request, "gateway.release"),
                lambda known: tenant_money.decide_funds_void(known, held, now),
                extra_writes=[failed, act],
                keep_refusal=False,
            )
    except (LedgerError, Cancelled) as busy:
        raise BalanceRequestBusy(str(busy)) from busy
    return {"state": "FAILED"}


def _expired(store: Store, request: BalanceRequest, now: int) -> str:
    """Ends a request that nobody decided; where somebody has just done it, what they decided."""
    ended = request_changes(status="EXPIRED", step="CLOSED", updated_at=now)
    try:
        store.write(Update(request.key, set=ended, when=PENDING))
        return "EXPIRED"
    except ConditionFailed:
        current = find_request(store, request.scope, request.id)
        return current.status if current else "GONE"


def _mark_reminded(store: Store, request: BalanceRequest, now: int) -> None:
    """Notes that the parent is reminded: the event of that change is what reaches it."""
    try:
        store.write(Update(request.key, set=request_changes(reminded_at=now), when=PENDING))
    except ConditionFailed:
        return


def _load_request(store: Store, event: dict[str, Any]) -> BalanceRequest:
    request = find_request(store, event["scope"], event["request"])
    if request is None:
        raise BalanceSettlementRefused("there is no such request")
    return request


def _reason(error: dict[str, Any]) -> str:
    """What the workflow says went wrong, in a line."""
    try:
        message = json.loads(error.get("Cause", "")).get("errorMessage", "")
    except (ValueError, AttributeError):
        message = error.get("Cause", "")
    return f"{error.get('Error', 'unknown')}: {message}"[:200]
